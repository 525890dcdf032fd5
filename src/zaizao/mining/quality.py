"""How good a model is for a log: fitness, precision, simplicity, soundness, side by side.

Rule kept: the four are never mixed into one number silently; ``score`` is the harmonic mean of fitness and precision and
says nothing of an unsound model. Simplicity is the inverse arc degree (Blum, 2015): 1 for a chain, less for a web.
"""

from __future__ import annotations

from dataclasses import dataclass

from zaizao.bpmn import Definitions, Gateway
from zaizao.eventlog import EventLog
from zaizao.mining.alignment import align_to
from zaizao.mining.automaton import automaton
from zaizao.mining.errors import MiningError
from zaizao.mining.net import net_of, sound
from zaizao.mining.precision import precision_of
from zaizao.mining.variants import variants

_STATES = 5_000


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares between 0 and 1; fitness and precision are ``None`` where the model cannot be aligned to (see ``why``).

    ``sound`` is ``None`` where the model is too large to tell.
    """

    fitness: float | None
    fitting: float | None
    precision: float | None
    simplicity: float
    sound: bool | None
    nodes: int
    gateways: int
    why: str = ""

    @property
    def score(self) -> float:
        """Harmonic mean of fitness and precision; 0 where unknown."""
        if not self.fitness or not self.precision:
            return 0.0
        return 2 * self.fitness * self.precision / (self.fitness + self.precision)


def quality(log: EventLog, model: Definitions) -> Quality:
    """Measure ``model`` on ``log``."""
    process = model.processes[0]
    nodes = len(process.nodes)
    gateways = sum(isinstance(node, Gateway) for node in process.nodes)
    simplicity = 1.0 / (1.0 + max(2.0 * len(process.flows) / max(nodes, 1) - 2.0, 0.0))
    try:
        net = net_of(model, log.activity_names)
        is_sound = sound(net)
        allowed = automaton(net, most=_STATES)
        found = align_to(variants(log), allowed)
    except MiningError as refused:
        return Quality(None, None, None, simplicity, False, nodes, gateways, str(refused))
    precise = precision_of(found, allowed).value
    return Quality(found.fitness()[0], found.fitting(), precise, simplicity, is_sound, nodes, gateways)

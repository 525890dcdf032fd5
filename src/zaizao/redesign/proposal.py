"""A proposal: one concrete change that a move offers for one plan, with its first estimate and its assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zaizao.problems import Text
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.thinking import Thinking


@dataclass(frozen=True, slots=True)
class Gain:
    """First estimate of what a proposal saves per case; negative where it costs.

    ``cycle`` mean seconds, ``cost`` fen, ``manual`` share points of human executions. Not simulated: a formula on the
    facts, good enough to rank what is worth a simulation.
    """

    cycle: float = 0.0
    cost: float = 0.0
    manual: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """``key`` is stable and unique within a plan's proposals; ``targets`` are node ids, flow ids or role names.

    ``reason`` says on which facts it rests, ``effort`` is the one-off work to put it in place in person-days, ``risk``
    (0 none to 1 high) how much it can harm quality. Proposals that share a ``group`` exclude each other.
    """

    key: str
    move: str
    thinking: Thinking
    words: Text
    reason: Text
    targets: tuple[str, ...]
    gain: Gain
    assumptions: tuple[Assumption, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    effort: float = 1.0
    risk: float = 0.1
    group: str = ""

"""Petri nets: places, transitions, weighted arcs, a start and a final marking.

Rule kept: place/transition nets of ISO/IEC 15909-1 with a single final marking, so that a net has a language of complete
runs. A transition without a label is silent. Markings with several tokens in a place are allowed up to ``MOST_TOKENS``;
a net that grows beyond is refused as unbounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from zaizao.mining.errors import MiningError
from zaizao.mining.net import Net, Transition, explored
from zaizao.problems import Problem, Text

MOST_TOKENS = 254
_BITS = 8
_FULL = (1 << _BITS) - 1


@dataclass(frozen=True, slots=True)
class PetriTransition:
    """``label`` is the activity, ``None`` where the step is silent."""

    id: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Arc:
    """From a place to a transition or back; ``weight`` tokens are taken or given."""

    source: str
    target: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class PetriNet:
    """``places`` and transitions by id; ``start`` and ``final`` give tokens by place (places left out hold none)."""

    name: str
    places: tuple[str, ...]
    transitions: tuple[PetriTransition, ...]
    arcs: tuple[Arc, ...]
    start: Mapping[str, int]
    final: Mapping[str, int]
    place_names: Mapping[str, str] = field(default_factory=dict)

    def around(self) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
        """Per transition: tokens taken by place, tokens given by place."""
        ids = {transition.id for transition in self.transitions}
        taken: dict[str, dict[str, int]] = {one: {} for one in ids}
        given: dict[str, dict[str, int]] = {one: {} for one in ids}
        for arc in self.arcs:
            side, here, place = (
                (given, arc.source, arc.target) if arc.source in ids else (taken, arc.target, arc.source)
            )
            side[here][place] = side[here].get(place, 0) + arc.weight
        return taken, given


@dataclass(frozen=True, slots=True)
class _Step:
    need: tuple[tuple[int, int], ...]
    take: int
    give: int
    filled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A token game that counts: a marking is one number with eight bits a place."""

    name: str
    step_labels: tuple[str | None, ...]
    steps: tuple[_Step, ...]
    start: int
    final: int

    def moves(self, marking: int) -> Iterator[tuple[int, int]]:
        """(number of the step, marking after it) of every step that may happen."""
        for number, step in enumerate(self.steps):
            if all((marking >> shift) & _FULL >= weight for shift, weight in step.need):
                after = marking - step.take + step.give
                if any((after >> shift) & _FULL > MOST_TOKENS for shift in step.filled):
                    raise _unbounded(self.name)
                yield number, after

    def ends(self, marking: int) -> bool:
        """Is this the final marking?"""
        return marking == self.final


def game(net: PetriNet) -> Net | Counted:
    """The token game of ``net``: on bits where every place holds one token at most, counting otherwise.

    Raises ``MiningError`` for a net that holds more than ``MOST_TOKENS`` in a place from the start.
    """
    taken, given = net.around()
    amounts = [*net.start.values(), *net.final.values(), *(arc.weight for arc in net.arcs)]
    if max(amounts, default=0) > MOST_TOKENS // 2:
        raise _unbounded(net.name)
    if max(amounts, default=0) <= 1 and all(
        w <= 1 for side in (taken, given) for arcs in side.values() for w in arcs.values()
    ):
        on_bits = _on_bits(net, taken, given)
        try:
            explored(on_bits)
        except MiningError as refused:
            if refused.problems[0].code != "mining.unsafe-model":
                return on_bits
        else:
            return on_bits
    return _counting(net, taken, given)


Sides = dict[str, dict[str, int]]


def _on_bits(net: PetriNet, taken: Sides, given: Sides) -> Net:
    bit = {place: 1 << k for k, place in enumerate(net.places)}
    steps = tuple(
        Transition(sum(bit[p] for p in taken[t.id]), sum(bit[p] for p in given[t.id]), t.label) for t in net.transitions
    )
    start, final = (sum(bit[p] for p, n in marking.items() if n) for marking in (net.start, net.final))
    return Net(steps, len(net.places), start, net.name, final)


def _counting(net: PetriNet, taken: Sides, given: Sides) -> Counted:
    shift = {place: _BITS * k for k, place in enumerate(net.places)}
    steps = tuple(
        _Step(
            tuple((shift[p], n) for p, n in taken[t.id].items()),
            sum(n << shift[p] for p, n in taken[t.id].items()),
            sum(n << shift[p] for p, n in given[t.id].items()),
            tuple(shift[p] for p in given[t.id]),
        )
        for t in net.transitions
    )
    start, final = (sum(n << shift[p] for p, n in marking.items()) for marking in (net.start, net.final))
    return Counted(net.name, tuple(t.label for t in net.transitions), steps, start, final)


def _unbounded(name: str) -> MiningError:
    return MiningError(
        Problem(
            name,
            Text(
                f"一个库所的令牌超过 {MOST_TOKENS} 个（可能无界）",
                f"a place holds over {MOST_TOKENS} tokens (unbounded?)",
            ),
            Text("请修正网的结构", "mend the structure of the net"),
            "mining.unbounded-net",
        )
    )

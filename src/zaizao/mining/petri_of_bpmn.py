"""BPMN as a Petri net with the same language.

Rule kept: exact, not the usual approximation. What BPMN has beyond plain nets is worked out on the reachable markings:
an interrupting boundary event or a terminate end becomes one transition for every set of tokens it can meet; an
inclusive join that waits looks at complement places (a place that is marked exactly while another is empty), added only
where looking can make a difference. Plain models stay plain workflow nets. The tokens of the end lie in one last place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from zaizao.bpmn import Definitions, Process
from zaizao.mining.errors import MiningError
from zaizao.mining.net import Net, Transition, explored, net_of
from zaizao.mining.petri import Arc, PetriNet, PetriTransition
from zaizao.problems import Problem, Text

_MARKINGS = 100_000


@dataclass(frozen=True, slots=True)
class _Plain:
    """Takes exactly ``pre``, gives ``post``, while the places ``empty`` hold no token."""

    pre: int
    post: int
    label: str | None
    empty: int


def petri_of(model: Definitions | Process, events: Collection[str] = ()) -> PetriNet:
    """The Petri net of the first process of ``model``; events named in ``events`` are labelled.

    Raises ``MiningError`` for what ``align`` refuses too, and for a model with too many markings to convert exactly.
    """
    net = net_of(model, events, sink=True)
    reached = explored(net, _MARKINGS)
    if reached is None:
        raise MiningError(
            Problem(
                net.name,
                Text(f"模型的状态超过 {_MARKINGS:,} 个", f"the model has more than {_MARKINGS:,} markings"),
                Text("请减少并行分支", "use fewer parallel branches"),
                "mining.too-many-states",
            )
        )
    fired: dict[int, set[int]] = {}
    for marking, moves in reached.items():
        for number, _ in moves:
            fired.setdefault(number, set()).add(marking)
    plain: dict[_Plain, None] = {}
    for number in sorted(fired):
        for one in _plain(net.transitions[number], sorted(fired[number]), reached):
            plain[one] = None
    return _written(net, list(plain))


def _plain(transition: Transition, fired: list[int], reached: Collection[int]) -> list[_Plain]:
    """One plain transition for every set of tokens that ``transition`` was seen to take."""
    touched = transition.pre | transition.cleared
    found = []
    for taken in dict.fromkeys(marking & touched for marking in fired):
        empty = (transition.cleared & ~taken) | transition.barred
        wrong = 0
        for marking in reached:
            if marking & taken == taken and marking & empty:
                wrong |= marking & empty
        found.append(_Plain(taken, transition.post, transition.label, wrong))
    return found


def _written(net: Net, plain: list[_Plain]) -> PetriNet:
    watched = 0
    for one in plain:
        watched |= one.empty
    used = net.start | net.final
    for one in plain:
        used |= one.pre | one.post
    number = {bit: k for k, bit in enumerate((1 << k for k in range(net.places) if used >> k & 1), start=1)}
    name = {bit: f"p{k}" for bit, k in number.items()}
    other = {bit: f"empty_p{number[bit]}" for bit in number if watched & bit}
    transitions, arcs = [], []
    for k, one in enumerate(plain, start=1):
        here = f"t{k}"
        transitions.append(PetriTransition(here, one.label))
        taken = {name[bit] for bit in name if one.pre & bit}
        given = {name[bit] for bit in name if one.post & bit}
        for bit, complement in other.items():
            needs, fills, empties = (
                one.empty & bit,
                one.post & bit and not one.pre & bit,
                one.pre & bit and not one.post & bit,
            )
            if fills or needs:
                taken.add(complement)
            if empties or (needs and not fills):
                given.add(complement)
        arcs += [Arc(place, here) for place in sorted(taken)] + [Arc(here, place) for place in sorted(given)]
    start = {name[bit]: 1 for bit in name if net.start & bit}
    start |= {complement: 1 for bit, complement in other.items() if not net.start & bit}
    final = {name[bit]: 1 for bit in name if net.final & bit}
    final |= {complement: 1 for bit, complement in other.items() if not net.final & bit}
    places = (*name.values(), *other.values())
    return PetriNet(net.name, places, tuple(transitions), tuple(arcs), start, final)

"""Alignments against models drawn by hand, other gateways and events included."""

from __future__ import annotations

import numpy as np
import pytest

from mining.drawn import traces
from zaizao.bpmn import (
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    Process,
    SequenceFlow,
    SubProcess,
    Task,
    TerminateDefinition,
)
from zaizao.mining import MiningError, Move, Side, align, deviations, precision
from zaizao.mining.automaton import automaton
from zaizao.mining.net import net_of, sound


def process(nodes: list[FlowNode], arrows: str) -> Process:
    """A process whose flows are written ``"s>a a>e"``; ``s`` starts and ``e`` ends it."""
    ends: list[FlowNode] = [Event(id="s", position=EventPosition.START), Event(id="e", position=EventPosition.END)]
    flows = [
        SequenceFlow(id=f"f{k}", source=arrow.split(">")[0], target=arrow.split(">")[1])
        for k, arrow in enumerate(arrows.split())
    ]
    return Process(id="p", nodes=(*ends, *nodes), flows=tuple(flows))


def task(name: str) -> Task:
    return Task(id=name, name=name)


def gate(name: str, kind: GatewayKind) -> Gateway:
    return Gateway(id=name, kind=kind)


def costs(model: Process, *lines: str) -> list[int]:
    found = align(traces(*lines), model)
    return [int(found.upper[v]) for v in found.variants.of_case.tolist()]


SEQUENCE = process([task("a"), task("b"), task("c")], "s>a a>b b>c c>e")


def test_moves_say_what_is_missing_and_what_is_extra() -> None:
    found = align(traces("axc"), SEQUENCE)
    assert len(found.moves(0)) == 4
    assert set(found.moves(0)) == {
        Move(Side.BOTH, "a"), Move(Side.LOG, "x"), Move(Side.MODEL, "b"), Move(Side.BOTH, "c"),
    }  # fmt: skip
    assert found.fitness() == (1 - 2 / 6, 1 - 2 / 6)
    assert found.fitting() == 0.0


def test_deviations_come_by_cases_and_lead_to_variants() -> None:
    log = traces(*["abc"] * 5, *["ac"] * 3, "aabc")
    found = deviations(log, align(log, SEQUENCE))
    assert [(d.side, d.activity, d.cases, d.times) for d in found] == [(Side.MODEL, "b", 3, 3), (Side.LOG, "a", 1, 1)]
    assert found[0].variants == (1,)


def test_an_inclusive_join_waits_for_the_branches_that_were_chosen() -> None:
    model = process(
        [gate("o", GatewayKind.INCLUSIVE), task("a"), task("b"), gate("j", GatewayKind.INCLUSIVE), task("c")],
        "s>o o>a o>b a>j b>j j>c c>e",
    )
    assert costs(model, "ac", "bc", "abc", "bac", "acb", "c") == [0, 0, 0, 0, 1, 1]
    assert sound(net_of(model)) is True


def test_an_event_gateway_chooses_once() -> None:
    catches = [Event(id=f"w{k}", position=EventPosition.CATCH) for k in "12"]
    model = process(
        [gate("g", GatewayKind.EVENT_BASED), *catches, task("a"), task("b")], "s>g g>w1 g>w2 w1>a w2>b a>e b>e"
    )
    assert costs(model, "a", "b", "ab") == [0, 0, 1]


def test_an_interrupting_boundary_event_replaces_the_rest_of_its_scope() -> None:
    inner = SubProcess(
        id="u",
        nodes=(Event(id="us", position=EventPosition.START), task("a"), task("b"), Event(id="ue", position=EventPosition.END)),
        flows=(
            SequenceFlow(id="u1", source="us", target="a"),
            SequenceFlow(id="u2", source="a", target="b"),
            SequenceFlow(id="u3", source="b", target="ue"),
        ),
    )  # fmt: skip
    timeout = Event(id="t", position=EventPosition.BOUNDARY, attached_to="u")
    model = process([inner, timeout, task("c"), task("d")], "s>u u>c c>e t>d d>e")
    assert costs(model, "abc", "ad", "d", "abd", "abcd") == [0, 0, 0, 0, 1]


def test_a_boundary_event_that_does_not_interrupt_adds_a_branch() -> None:
    reminder = Event(id="t", position=EventPosition.BOUNDARY, attached_to="a", interrupting=False)
    model = process([task("a"), reminder, task("r"), task("b")], "s>a a>b b>e t>r r>e")
    assert costs(model, "ab", "arb", "abr", "rab", "aab") == [0, 0, 0, 1, 1]


def test_a_terminate_end_ends_the_other_branch_too() -> None:
    kill = Event(id="k", position=EventPosition.END, definitions=(TerminateDefinition(),))
    model = process([gate("g", GatewayKind.PARALLEL), task("a"), task("b"), kill], "s>g g>a g>b a>k b>e")
    assert costs(model, "a", "ba", "ab", "b", "aa") == [0, 0, 0, 1, 1]


def test_a_deadlock_is_unsound_and_cannot_be_aligned_to() -> None:
    model = process(
        [gate("x", GatewayKind.EXCLUSIVE), task("a"), task("b"), gate("j", GatewayKind.PARALLEL)],
        "s>x x>a x>b a>j b>j j>e",
    )
    assert sound(net_of(model)) is False
    with pytest.raises(MiningError, match="cannot reach its end"):
        align(traces("a"), model)


def test_two_tokens_on_one_flow_are_refused_in_words() -> None:
    model = process([gate("g", GatewayKind.PARALLEL), task("a"), task("b"), task("c")], "s>g g>a g>b a>c b>c c>e")
    with pytest.raises(MiningError, match="two tokens"):
        align(traces("abc"), model)


def test_a_model_too_large_is_refused_not_cut() -> None:
    names = "ABCDEFGHIJKLMNOP"
    arrows = " ".join(f"g>{n} {n}>j" for n in names)
    model = process(
        [gate("g", GatewayKind.PARALLEL), *map(task, names), gate("j", GatewayKind.PARALLEL)], f"s>g {arrows} j>e"
    )
    with pytest.raises(MiningError, match="more than 1,000 states"):
        automaton(net_of(model), most=1000)


def test_a_flower_is_imprecise_and_a_sequence_is_not() -> None:
    log = traces(*["abc"] * 10)
    flower = process(
        [gate("j", GatewayKind.EXCLUSIVE), gate("x", GatewayKind.EXCLUSIVE), *map(task, "abc")],
        "s>j j>x x>a x>b x>c a>j b>j c>j x>e",
    )
    assert precision(log, SEQUENCE).value == 1.0
    assert precision(log, flower).value == 0.25
    interval = precision(traces(*["abc"] * 10, *["ac"] * 5), flower, generator=np.random.default_rng(1))
    assert interval.low <= interval.value <= interval.high

"""Soundness: each classic fault is found with a trace, and sound models raise no doubt."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from bpmn.models import flow, processes
from zaizao.bpmn import (
    Definitions,
    Event,
    EventPosition,
    Gateway,
    GatewayKind,
    Process,
    Task,
    TerminateDefinition,
    check,
)
from zaizao.problems import Problem

XOR, AND, OR = GatewayKind.EXCLUSIVE, GatewayKind.PARALLEL, GatewayKind.INCLUSIVE


def block(split: GatewayKind, join: GatewayKind, *, end: Event | None = None) -> list[Problem]:
    """start → split → A | B → join → after → end."""
    nodes = (
        Event(id="start", position=EventPosition.START),
        Gateway(id="split", kind=split),
        Task(id="a", name="A"),
        Task(id="b", name="B"),
        Gateway(id="join", kind=join),
        Task(id="after"),
        end or Event(id="end", position=EventPosition.END),
    )
    pairs = ["start-split", "split-a", "split-b", "a-join", "b-join", "join-after", "after-end"]
    return doubts(nodes, pairs)


def doubts(nodes: tuple[Event | Gateway | Task, ...], pairs: list[str]) -> list[Problem]:
    process = Process(id="p", nodes=nodes, flows=tuple(flow(*pair.split("-")) for pair in pairs))
    found = check(Definitions(processes=(process,)), executable=False)
    return [problem for problem in found if problem.code.startswith("bpmn.sound")]


@pytest.mark.parametrize(("split", "join"), [(XOR, XOR), (AND, AND), (OR, OR), (XOR, OR), (AND, OR)])
def test_a_block_that_joins_what_it_splits_is_sound(split: GatewayKind, join: GatewayKind) -> None:
    assert block(split, join) == []


@pytest.mark.parametrize("split", [XOR, OR])
def test_a_parallel_join_after_a_choice_gets_stuck(split: GatewayKind) -> None:
    (problem,) = block(split, AND)
    assert problem.code == "bpmn.sound.deadlock" and problem.where == "join"
    assert "start → split → A" in problem.what.en or "start → split → B" in problem.what.en


@pytest.mark.parametrize("split", [AND, OR])
def test_a_merge_after_a_fork_runs_twice(split: GatewayKind) -> None:
    problems = block(split, XOR)
    assert {problem.code for problem in problems} == {"bpmn.sound.unsynchronised"}
    assert any("split" in problem.what.en for problem in problems)


def test_terminating_does_not_excuse_running_twice() -> None:
    end = Event(id="end", position=EventPosition.END, definitions=(TerminateDefinition(),))
    assert block(AND, XOR, end=end)


def test_what_no_flow_reaches_is_named() -> None:
    nodes = (
        Event(id="start", position=EventPosition.START),
        Event(id="end", position=EventPosition.END),
        Task(id="x"),
        Task(id="y"),
    )
    found = doubts(nodes, ["start-end", "x-y", "y-x"])
    assert {(problem.where, problem.code) for problem in found} == {
        ("x", "bpmn.sound.unreachable"),
        ("y", "bpmn.sound.unreachable"),
    }


def test_a_loop_without_way_out_is_endless() -> None:
    nodes = (
        Event(id="start", position=EventPosition.START),
        Gateway(id="again", kind=XOR),
        Task(id="work"),
        Gateway(id="out", kind=XOR),
        Event(id="end", position=EventPosition.END),
        Gateway(id="trap", kind=XOR),
        Task(id="round"),
    )
    pairs = ["start-again", "again-work", "work-out", "out-end", "out-trap", "trap-round", "round-trap"]
    assert [problem.code for problem in doubts(nodes, pairs)] == ["bpmn.sound.endless"]


def test_many_parallel_branches_do_not_explode() -> None:
    tasks = [Task(id=f"t{branch}_{step}") for branch in range(9) for step in range(5)]
    pairs = ["start-split", "join-end"]
    for branch in range(9):
        steps = ["split", *(f"t{branch}_{step}" for step in range(5)), "join"]
        pairs += [f"{one}-{other}" for one, other in pairwise(steps)]
    gateways = (Gateway(id="split", kind=AND), Gateway(id="join", kind=AND))
    ends = (Event(id="start", position=EventPosition.START), Event(id="end", position=EventPosition.END))
    assert doubts((*ends, *gateways, *tasks), pairs) == []


@given(processes(interrupted=False))
@settings(max_examples=20, deadline=None)
def test_block_structured_models_are_sound(process: Process) -> None:
    found = check(Definitions(processes=(process,)), executable=False)
    assert [problem for problem in found if problem.code.startswith("bpmn.sound")] == []

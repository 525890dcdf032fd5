"""Edits as a process owner would describe them: what the changed process does, in small pictures of flows."""

from __future__ import annotations

import itertools

import pytest

from bpmn.models import flow
from zaizao.bpmn import (
    BpmnError,
    Definitions,
    Event,
    EventPosition,
    Gateway,
    GatewayKind,
    Lane,
    Process,
    Segment,
    SequenceFlow,
    Task,
    check,
    diff,
    flows_of,
    in_parallel,
    insert_on,
    layout,
    make_optional,
    node_of,
    remove_node,
    replace_node,
    svg,
    swap,
    swap_segments,
    with_process,
)


def chain(*names: str) -> Process:
    """start → names … → end."""
    nodes = (
        Event(id="start", position=EventPosition.START),
        *(Task(id=name) for name in names),
        Event(id="end", position=EventPosition.END),
    )
    ids = [node.id for node in nodes]
    lanes = (Lane(id="lane", nodes=tuple(ids)),)
    return Process(id="p", nodes=nodes, lanes=lanes, flows=tuple(flow(a, b) for a, b in itertools.pairwise(ids)))


def picture(process: Process) -> set[str]:
    return {f"{item.source}>{item.target}" for item in flows_of(process)}


def doubts(process: Process) -> set[str]:
    return {problem.code for problem in check(Definitions(processes=(process,)), executable=False)}


def test_two_steps_change_places() -> None:
    assert picture(swap(chain("a", "b", "c"), "a", "b")) == {"start>b", "b>a", "a>c", "c>end"}


def test_a_cheap_check_moves_before_a_dear_one_with_its_rejection() -> None:
    """start → dear → ok1 → cheap → ok2 → go, each gateway also leads to a rejection of its own."""
    nodes = (
        Event(id="start", position=EventPosition.START),
        Task(id="dear"), Gateway(id="ok1"), Task(id="cheap"), Gateway(id="ok2"), Task(id="go"),
        *(Event(id=name, position=EventPosition.END) for name in ("no1", "no2", "end")),
    )  # fmt: skip
    pairs = ["start-dear", "dear-ok1", "ok1-cheap", "cheap-ok2", "ok2-go", "go-end", "ok1-no1", "ok2-no2"]
    flows = tuple(flow(*pair.split("-"), "", f"{pair[0]} good" if pair.startswith("ok") else None) for pair in pairs)
    process = Process(id="p", nodes=nodes, flows=flows)

    moved = swap_segments(process, Segment("dear", "ok1"), Segment("cheap", "ok2"), "f_ok2_go")

    assert picture(moved) == {
        "start>cheap", "cheap>ok2", "ok2>dear", "dear>ok1", "ok1>go", "go>end", "ok1>no1", "ok2>no2",
    }  # fmt: skip
    conditions = {item.source: item.condition for item in moved.flows if item.target in ("dear", "go")}
    assert conditions == {"ok2": "o good", "ok1": "o good"} and doubts(moved) == set()


def test_independent_steps_run_side_by_side() -> None:
    process = in_parallel(chain("a", "b", "c", "d"), ["b", "c"])
    assert picture(process) == {
        "start>a", "a>Split_b", "Split_b>b", "Split_b>c", "b>Join_b", "c>Join_b", "Join_b>d", "d>end",
    }  # fmt: skip
    split = node_of(process, "Split_b")
    assert isinstance(split, Gateway) and split.kind is GatewayKind.PARALLEL
    assert set(process.lanes[0].nodes) == {node.id for node in process.nodes} and doubts(process) == set()


def test_a_step_runs_only_when_needed() -> None:
    process = make_optional(chain("a"), "a", "amount > 1000", question="large?", taken="yes", passed_by="no")
    decide = node_of(process, "Decide_a")
    assert isinstance(decide, Gateway) and decide.name == "large?"
    by_id = {item.id: item for item in process.flows}
    assert by_id[decide.default or ""].target == "Merge_a" and by_id["Flow_into_a"].condition == "amount > 1000"
    assert doubts(process) == set()
    assert [p.code for p in check(Definitions(processes=(process,)))] == []


def test_removing_a_step_takes_its_boundary_branch_along() -> None:
    process = chain("a", "b")
    late = Event(id="late", position=EventPosition.BOUNDARY, attached_to="a", interrupting=False)
    nodes = (*process.nodes, late, Task(id="remind"), Event(id="reminded", position=EventPosition.END))
    links = (*process.flows, flow("late", "remind"), flow("remind", "reminded"))
    removed = remove_node(Process(id="p", nodes=nodes, flows=links), "a")
    assert picture(removed) == {"start>b", "b>end"}
    assert [node.id for node in removed.nodes] == ["start", "b", "end"]


def test_a_replaced_step_keeps_its_place() -> None:
    process = replace_node(chain("a", "b"), "a", Task(id="robot", name="Robot"))
    assert picture(process) == {"start>robot", "robot>b", "b>end"} and "robot" in process.lanes[0].nodes


@pytest.mark.parametrize("node", ["start", "end", "nowhere"])
def test_what_would_break_the_process_is_refused_in_words(node: str) -> None:
    with pytest.raises(BpmnError) as refused:
        remove_node(chain("a"), node)
    assert refused.value.problems[0].what.zh and node in refused.value.problems[0].where


def test_the_pair_of_pictures_marks_what_changed() -> None:
    before = layout(Definitions(processes=(chain("a", "b"),)))
    inserted = insert_on(before.processes[0], "f_a_b", Task(id="new", name="新"))
    after = layout(with_process(before, remove_node(inserted, "b")))
    changes = diff(before, after)
    assert (changes.added, changes.removed) == ({"new", "Flow_new"}, {"b", "f_b_end"})
    assert 'class="node removed" data-id="b"' in svg(before, changes=changes)
    drawn = svg(after, changes=changes)
    assert 'class="node added" data-id="new"' in drawn and 'data-id="b"' not in drawn
    assert "Flow_new" in {item.id for item in after.processes[0].flows}
    assert isinstance(after.processes[0].flows[0], SequenceFlow)

"""Laws of process models: nothing is lost in a file, drawings are legible, edits keep models whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from bpmn.models import definitions, faults, processes
from zaizao.bpmn import (
    Activity,
    Box,
    BpmnError,
    Event,
    EventPosition,
    Placement,
    Process,
    SubProcess,
    Task,
    check,
    diff,
    flows_of,
    fresh_id,
    in_parallel,
    insert_after,
    insert_before,
    insert_on,
    layered,
    layout,
    make_optional,
    outgoing,
    read,
    remove_node,
    replace_node,
    swap,
    write,
)


@given(processes())
@settings(max_examples=25, deadline=None)
def test_what_is_written_reads_back_the_same(process: Process) -> None:
    model = definitions(process)
    assert read(write(model)) == model
    drawn = layout(model)
    assert read(write(drawn)) == drawn
    assert write(drawn) == write(read(write(drawn)))


SHAPES = (Box(100, 80), Box(36, 36, 0, 20), Box(50, 50, 20, 0, corners=True), Box(140, 80, 0, 30))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[tuple[int, int]]]:
    boxes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=14))
    ends = st.integers(0, len(boxes) - 1)
    return boxes, draw(st.lists(st.tuples(ends, ends), max_size=26))


@given(graphs(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_boxes_keep_apart_and_lines_go_round_them(graph: tuple[list[Box], list[tuple[int, int]]], spread: bool) -> None:
    boxes, edges = graph
    placed = layered(boxes, edges, spread=spread)
    assert_legible(boxes, edges, placed)
    assert layered(boxes, edges, spread=spread) == placed


@given(graphs(), st.data())
@settings(max_examples=25, deadline=None)
def test_boxes_stay_in_their_bands(graph: tuple[list[Box], list[tuple[int, int]]], data: st.DataObject) -> None:
    boxes = [box._replace(band=data.draw(st.integers(0, 2))) for box in graph[0]]
    placed = layered(boxes, graph[1])
    assert_legible(boxes, graph[1], placed)
    for box, corner in zip(boxes, placed.positions, strict=True):
        top, bottom = placed.bands[box.band]
        assert top <= corner.y and corner.y + box.height <= bottom + 0.5


def assert_legible(boxes: list[Box], edges: list[tuple[int, int]], placed: Placement) -> None:
    areas = [(p.x, p.y, p.x + b.width, p.y + b.height) for p, b in zip(placed.positions, boxes, strict=True)]
    for index, one in enumerate(areas):
        for other in areas[:index]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
    for (source, target), route in zip(edges, placed.routes, strict=True):
        assert on_border(route[0], areas[source]) and on_border(route[-1], areas[target])
        for start, end in pairwise(route):
            assert abs(start.x - end.x) < 0.6 or abs(start.y - end.y) < 0.6, "lines are level or upright"
            left, right = sorted((start.x, end.x))
            top, bottom = sorted((start.y, end.y))
            for area in areas:
                inside = left < area[2] - 1 and right > area[0] + 1 and top < area[3] - 1 and bottom > area[1] + 1
                assert not inside, "a line passes through a box"


def on_border(point: tuple[float, float], area: tuple[float, float, float, float]) -> bool:
    x, y = point
    within = area[0] - 0.6 <= x <= area[2] + 0.6 and area[1] - 0.6 <= y <= area[3] + 0.6
    return within and min(abs(x - area[0]), abs(x - area[2]), abs(y - area[1]), abs(y - area[3])) < 0.6


NEW = Task(id="new", name="new")
EDITS: dict[str, Callable[[Process, str, str], Process]] = {
    "insert_on": lambda p, node, edge: insert_on(p, edge, NEW),
    "insert_after": lambda p, node, edge: insert_after(p, node, NEW),
    "insert_before": lambda p, node, edge: insert_before(p, node, NEW),
    "remove": lambda p, node, edge: remove_node(p, node),
    "replace": lambda p, node, edge: replace_node(p, node, NEW),
    "swap": lambda p, node, edge: swap(p, node, outgoing(p, node)[0].target if outgoing(p, node) else node),
    "parallel": lambda p, node, edge: in_parallel(p, [node, *(f.target for f in outgoing(p, node)[:1])]),
    "optional": lambda p, node, edge: make_optional(p, node, "x > 1"),
}


@given(processes(), st.data(), st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_edits_keep_models_whole_or_refuse(process: Process, data: st.DataObject, edits: list[str]) -> None:
    assert faults(process) == []
    for number, name in enumerate(edits):
        node = data.draw(st.sampled_from([node.id for node in process.walk()]))
        edge = data.draw(st.sampled_from([item.id for item in flows_of(process)]))
        before = process
        try:
            process = EDITS[name](process, node, edge)
        except BpmnError as error:
            assert error.problems[0].code.startswith("bpmn.edit.")
            assert process == before
            continue
        assert faults(process) == [], name
        if "new" in {other.id for other in process.walk()}:
            process = replace_node(process, "new", replace(NEW, id=f"new{number}"))
        assert faults(process) == [], name


@given(processes())
@settings(max_examples=25, deadline=None)
def test_swapping_twice_is_swapping_never(process: Process) -> None:
    for item in flows_of(process):
        try:
            once = swap(process, item.source, item.target)
        except BpmnError:
            continue
        again = swap(once, item.target, item.source)
        ends = {(f.source, f.target) for f in flows_of(again)}
        assert ends == {(f.source, f.target) for f in flows_of(process)}
        return


@given(processes(), st.data())
@settings(max_examples=25, deadline=None)
def test_removing_what_was_inserted_restores_the_model(process: Process, data: st.DataObject) -> None:
    edge = data.draw(st.sampled_from([item.id for item in flows_of(process)]))
    inserted = insert_on(process, edge, NEW)
    assert diff(process, inserted).added >= {"new"} and diff(process, inserted).changed == {edge}
    restored = remove_node(inserted, "new")
    assert {(f.id, f.source, f.target) for f in flows_of(restored)} == {
        (f.id, f.source, f.target) for f in flows_of(process)
    }


def test_fresh_ids_are_fresh() -> None:
    process = Process(id="p", nodes=(Task(id="a"), Task(id="a_2")))
    assert fresh_id(process, "a") == "a_3" and fresh_id(process, "b") == "b"


def test_an_end_event_is_not_followed_by_anything() -> None:
    process = Process(id="p", nodes=(Event(id="e", position=EventPosition.END),))
    with pytest.raises(BpmnError, match="nothing follows an end event"):
        insert_after(process, "e", NEW)
    assert not any(isinstance(node, Activity) for node in process.nodes)


@given(processes(interrupted=False), st.data())
@settings(max_examples=25, deadline=None)
def test_sound_models_stay_sound_when_steps_move(process: Process, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from([node.id for node in process.walk() if isinstance(node, Task)]))
    name = data.draw(st.sampled_from(["parallel", "optional", "swap", "insert_after"]))
    try:
        changed = EDITS[name](process, node, "")
    except BpmnError:
        return
    found = check(definitions(changed), executable=False)
    assert [problem for problem in found if problem.code.startswith("bpmn.sound")] == []


@given(processes())
@settings(max_examples=25, deadline=None)
def test_whole_models_are_drawn_legibly(process: Process) -> None:
    """Tasks, gateways and events of all scopes keep apart; sequence flows go round them, lanes hold their nodes."""
    diagram = layout(definitions(process)).diagram
    assert diagram is not None
    leaves = {node.id: node for node in process.walk() if not isinstance(node, SubProcess)}
    areas = {key: diagram.shapes[key].bounds for key in leaves}
    for key, one in areas.items():
        for other_key, other in areas.items():
            node, host = leaves[key], leaves[other_key]
            attached = (isinstance(node, Event) and node.attached_to) or (isinstance(host, Event) and host.attached_to)
            if key < other_key and not attached:
                apart_x = one.x >= other.x + other.width or other.x >= one.x + one.width
                assert apart_x or one.y >= other.y + other.height or other.y >= one.y + one.height, (key, other_key)
    for item in flows_of(process):
        for start, end in pairwise(diagram.edges[item.id].points):
            left, right = sorted((start.x, end.x))
            top, bottom = sorted((start.y, end.y))
            for key, area in areas.items():
                if key in (item.source, item.target) or (isinstance(leaves[key], Event) and leaves[key].attached_to):
                    continue
                across = left < area.x + area.width - 1 and right > area.x + 1
                assert not (across and top < area.y + area.height - 1 and bottom > area.y + 1), (item.id, key)
    for lane in process.lanes:
        band = diagram.shapes[lane.id].bounds
        for key in set(lane.nodes) - {"late"}:  # a boundary event stands where its host does
            bounds = diagram.shapes[key].bounds
            assert band.y <= bounds.y and bounds.y + bounds.height <= band.y + band.height

"""Law of drawings with pools: each pool holds its own, pools keep apart, no line of any kind goes through a box."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings, strategies as st

from bpmn.models import definitions, processes
from zaizao.bpmn import (
    Bounds,
    Event,
    FlowNode,
    MessageFlow,
    Participant,
    Process,
    SequenceFlow,
    SubProcess,
    Task,
    flows_of,
    layout,
)


def renamed(process: Process, prefix: str) -> Process:
    """The process with ``prefix`` before every id."""

    def flow(item: SequenceFlow) -> SequenceFlow:
        return replace(item, id=prefix + item.id, source=prefix + item.source, target=prefix + item.target)

    def node(item: FlowNode) -> FlowNode:
        changes: dict[str, Any] = {"id": prefix + item.id}
        if isinstance(item, Event) and item.attached_to:
            changes["attached_to"] = prefix + item.attached_to
        if isinstance(item, SubProcess):
            changes |= {"nodes": tuple(map(node, item.nodes)), "flows": tuple(map(flow, item.flows))}
        return replace(item, **changes)

    lanes = tuple(
        replace(lane, id=prefix + lane.id, nodes=tuple(prefix + key for key in lane.nodes)) for lane in process.lanes
    )
    nodes, flows = tuple(map(node, process.nodes)), tuple(map(flow, process.flows))
    return replace(process, id=prefix + process.id, nodes=nodes, flows=flows, lanes=lanes)


def within(inner: Bounds, outer: Bounds) -> bool:
    across = outer.x <= inner.x and inner.x + inner.width <= outer.x + outer.width
    return across and outer.y <= inner.y and inner.y + inner.height <= outer.y + outer.height


@given(processes(), processes(), st.data())
@settings(max_examples=20, deadline=None)
def test_pools_hold_their_own_and_no_line_goes_through_a_box(a: Process, b: Process, data: st.DataObject) -> None:
    pair = (renamed(a, "a_"), renamed(b, "b_"))
    tasks = [[node.id for node in process.nodes if isinstance(node, Task)] for process in pair]
    messages: tuple[MessageFlow, ...] = ()
    if all(tasks):
        ends = [data.draw(st.sampled_from(part)) for part in tasks]
        messages = (MessageFlow(id="mf", source=ends[0], target=ends[1]),)
    pools = tuple(Participant(id=f"pool_{process.id}", name=process.id, process=process.id) for process in pair)
    drawn = layout(
        replace(
            definitions(pair[0]), processes=pair, participants=pools, message_flows=messages, collaboration="together"
        )
    ).diagram
    assert drawn is not None
    first, second = (drawn.shapes[pool.id].bounds for pool in pools)
    assert first.y + first.height <= second.y or second.y + second.height <= first.y
    for process, pool in zip(pair, (first, second), strict=True):
        assert all(within(drawn.shapes[node.id].bounds, pool) for node in process.walk())
    boxes = {
        node.id: drawn.shapes[node.id].bounds
        for process in pair
        for node in process.walk()
        if not isinstance(node, SubProcess) and not (isinstance(node, Event) and node.attached_to)
    }
    lines = [(item.id, item.source, item.target) for process in pair for item in flows_of(process)]
    for key, source, target in [*lines, *((item.id, item.source, item.target) for item in messages)]:
        for start, end in pairwise(drawn.edges[key].points):
            left, right = sorted((start.x, end.x))
            top, bottom = sorted((start.y, end.y))
            for name, box in boxes.items():
                across = left < box.x + box.width - 1 and right > box.x + 1
                hit = across and top < box.y + box.height - 1 and bottom > box.y + 1
                assert not hit or name in (source, target), (key, name)

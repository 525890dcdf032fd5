"""``layout``: a diagram for a model that has none (or whose diagram should be drawn anew).

Rule kept: left to right, pools one below the other, lanes as bands of their pool; no line through a box.
Standard: BPMN 2.0.2 section 12 (diagram interchange).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zaizao.bpmn.label_places import place_flow_labels
from zaizao.bpmn.layout_scope import Drawing, scope_drawing
from zaizao.bpmn.model import (
    Bounds,
    Definitions,
    Diagram,
    Edge,
    Lane,
    Participant,
    Point,
    Process,
    Shape,
    SubProcess,
)
from zaizao.bpmn.placement import detour

MARGIN = 40.0
POOL_HEADER = 30.0
POOL_PADDING = 24.0
POOL_GAP = 50.0
BLACK_BOX = 60.0


def layout(definitions: Definitions) -> Definitions:
    """The same model with a new diagram. A process with lanes gets a pool, as lanes cannot be drawn without."""
    definitions = _with_pools(definitions)
    drawings = {process.id: _process(process) for process in definitions.processes}
    whole = Drawing()
    top = MARGIN
    if definitions.participants:
        width = max((drawing.width for drawing in drawings.values()), default=400.0)
        width += POOL_HEADER * max((_lane_depth(process.lanes) for process in definitions.processes), default=0)
        for pool in definitions.participants:
            top = _pool(whole, pool, definitions, drawings, width, top)
        _message_flows(whole, definitions)
    pooled = {pool.process for pool in definitions.participants}
    for process in definitions.processes:
        if process.id not in pooled:
            whole.add(drawings[process.id], MARGIN, top)
            top += drawings[process.id].height + POOL_GAP
    return replace(definitions, diagram=Diagram(whole.shapes, whole.edges), drill_downs={})


def leaf_lanes(lanes: Sequence[Lane]) -> Iterator[Lane]:
    """The lanes without lanes in them, from the top."""
    for lane in lanes:
        if lane.lanes:
            yield from leaf_lanes(lane.lanes)
        else:
            yield lane


def _with_pools(definitions: Definitions) -> Definitions:
    pooled = {pool.process for pool in definitions.participants}
    missing = [process for process in definitions.processes if process.lanes and process.id not in pooled]
    if not missing:
        return definitions
    added = tuple(Participant(id=f"Participant_{p.id}", name=p.name, process=p.id) for p in missing)
    collaboration = definitions.collaboration or "Collaboration_1"
    return replace(definitions, participants=(*definitions.participants, *added), collaboration=collaboration)


def _process(process: Process) -> Drawing:
    lanes = list(leaf_lanes(process.lanes))
    bands = {node: index for index, lane in enumerate(lanes) for node in lane.nodes} if len(lanes) > 1 else {}
    return scope_drawing(process.nodes, process.flows, process.associations, process.artifacts, bands, len(lanes))


def _pool(
    whole: Drawing,
    pool: Participant,
    definitions: Definitions,
    drawings: dict[str, Drawing],
    width: float,
    top: float,
) -> float:
    """Draw one pool at ``top``; where the next one may begin."""
    process = next((process for process in definitions.processes if process.id == pool.process), None)
    across = width + 2 * POOL_PADDING + POOL_HEADER
    if process is None:
        whole.shapes[pool.id] = Shape(Bounds(MARGIN, top, across, BLACK_BOX), horizontal=True)
        return top + BLACK_BOX + POOL_GAP
    drawing = drawings[process.id]
    depth = _lane_depth(process.lanes)
    left = MARGIN + POOL_HEADER * (1 + depth) + POOL_PADDING
    banded = len(drawing.bands) > 1
    padding = 0.0 if banded else POOL_PADDING
    height = max(drawing.height + 2 * padding, 100.0)
    whole.shapes[pool.id] = Shape(Bounds(MARGIN, top, across, height), horizontal=True)
    bands = drawing.bands if banded else ((0.0, height),)
    _lanes(whole, process.lanes, bands, (MARGIN + POOL_HEADER, top, across - POOL_HEADER), 0)
    whole.add(drawing, left, top + padding)
    return top + height + POOL_GAP


def _lane_depth(lanes: Sequence[Lane]) -> int:
    return max((1 + _lane_depth(lane.lanes) for lane in lanes), default=0)


def _lanes(
    whole: Drawing,
    lanes: Sequence[Lane],
    bands: Sequence[tuple[float, float]],
    place: tuple[float, float, float],
    first: int,
) -> int:
    """Draw the lanes from band ``first`` on; the next free band."""
    left, top, across = place
    for lane in lanes:
        after = _lanes(whole, lane.lanes, bands, (left + POOL_HEADER, top, across - POOL_HEADER), first)
        after = max(after, first + 1)
        upper = bands[min(first, len(bands) - 1)][0]
        lower = bands[min(after, len(bands)) - 1][1]
        whole.shapes[lane.id] = Shape(Bounds(left, top + upper, across, lower - upper), horizontal=True)
        first = after
    return first


def _message_flows(whole: Drawing, definitions: Definitions) -> None:
    """Between pools: upright out of the one, around the boxes, upright into the other."""
    pools = {pool.id for pool in definitions.participants}
    lanes = {lane.id for process in definitions.processes for lane in _every_lane(process.lanes)}
    holders = {
        node.id for p in definitions.processes for node in p.walk() if isinstance(node, SubProcess) and node.nodes
    }
    black = {pool.id for pool in definitions.participants if not pool.process}
    solid = {
        key: s.bounds for key, s in whole.shapes.items() if key not in pools - black and key not in lanes | holders
    }
    taken: dict[str, int] = {}
    for flow in definitions.message_flows:
        if flow.source not in whole.shapes or flow.target not in whole.shapes:
            continue
        one, other = whole.shapes[flow.source].bounds, whole.shapes[flow.target].bounds
        down = one.y < other.y
        start = Point(_free_middle(one, flow.source, taken), one.y + one.height if down else one.y)
        end = Point(_free_middle(other, flow.target, taken), other.y if down else other.y + other.height)
        ends = (flow.source, flow.target)
        obstacles = [bounds for key, bounds in solid.items() if key not in ends]
        obstacles += [shape.label for key, shape in whole.shapes.items() if shape.label and key not in ends]
        if flow.source in pools:
            points = detour(end, start, obstacles, anywhere=True)[::-1]
        else:
            points = detour(start, end, obstacles, anywhere=flow.target in pools)
        whole.edges[flow.id] = Edge(points)
    names = {flow.id: flow.name for flow in definitions.message_flows}
    named = {key: edge for key, edge in whole.edges.items() if key in names or edge.label is None}
    place_flow_labels({key: whole.shapes[key] for key in solid}, named, names)
    whole.edges.update(named)


def _free_middle(bounds: Bounds, key: str, taken: dict[str, int]) -> float:
    """The middle of a box, a little beside it for each further line there."""
    number = taken.get(key, 0)
    taken[key] = number + 1
    beside = (number + 1) // 2 * 12.0 * (1 if number % 2 else -1)
    return bounds.x + bounds.width / 2 + max(-bounds.width / 3, min(bounds.width / 3, beside))


def _every_lane(lanes: Sequence[Lane]) -> Iterator[Lane]:
    for lane in lanes:
        yield lane
        yield from _every_lane(lane.lanes)

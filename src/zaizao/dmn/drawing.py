"""Laying out a requirements diagram (DMN 6.2, 13): what is needed below, what needs it above, crossings kept few.

Rows are the longest path from the elements that need nothing; within a row elements stand by the mean place of what
they connect to. Decision services stand collapsed in the top row; notes and groups are not drawn.
"""

from __future__ import annotations

from collections import defaultdict

from zaizao.dmn.model import (
    Bounds,
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    Diagram,
    DrgElement,
    Edge,
    InputData,
    KnowledgeSource,
    Point,
    Requirement,
    Shape,
)

_SIZES: dict[type[DrgElement], tuple[float, float]] = {
    Decision: (180, 80),
    InputData: (125, 45),
    BusinessKnowledgeModel: (135, 46),
    KnowledgeSource: (100, 63),
    DecisionService: (180, 80),
}
_ROW_HEIGHT = 160.0
_GAP = 40.0
_MARGIN = 40.0
_SWEEPS = 4


def draw(definitions: Definitions) -> tuple[Diagram, ...]:
    """One page with every element; requirements must have ids. Nothing for a model without elements."""
    if not definitions.elements:
        return ()
    by_id = {element.id: element for element in definitions.elements}
    arrows = [
        (requirement, element.id)
        for element in definitions.elements
        for requirement in element.requirements
        if requirement.target in by_id and requirement.target != element.id
    ]
    rows = _ordered(_ranks(definitions, arrows), arrows)
    bounds = _placed(rows, by_id)
    shapes = tuple(
        Shape(
            id=f"{element.id}_shape",
            element=element.id,
            bounds=bounds[element.id],
            collapsed=isinstance(element, DecisionService),
        )
        for element in definitions.elements
    )
    edges = tuple(_edge(requirement, bounds[requirement.target], bounds[owner]) for requirement, owner in arrows)
    return (Diagram(id="diagram_1", name=definitions.name, shapes=shapes, edges=edges),)


def _ranks(definitions: Definitions, arrows: list[tuple[Requirement, str]]) -> dict[int, list[str]]:
    """Element ids by row, 0 at the bottom. A cycle ends where it meets itself."""
    needs: dict[str, list[str]] = defaultdict(list)
    for requirement, owner in arrows:
        needs[owner].append(requirement.target)
    rank: dict[str, int] = {}
    for start in (element.id for element in definitions.elements):
        stack = [start]
        entered: set[str] = set()
        while stack:
            here = stack[-1]
            open_needs = [need for need in needs[here] if need not in rank and need not in entered]
            entered.add(here)
            if here not in rank and open_needs:
                stack.extend(open_needs)
                continue
            stack.pop()
            rank.setdefault(here, 1 + max((rank.get(need, -1) for need in needs[here]), default=-1))
    top = max(rank.values())
    rows: dict[int, list[str]] = defaultdict(list)
    for element in definitions.elements:
        rows[top + 1 if isinstance(element, DecisionService) else rank[element.id]].append(element.id)
    return rows


def _ordered(rows: dict[int, list[str]], arrows: list[tuple[Requirement, str]]) -> dict[int, list[str]]:
    """Rows sorted by the mean place of their neighbours, swept up and down a few times."""
    neighbours: dict[str, list[str]] = defaultdict(list)
    for requirement, owner in arrows:
        neighbours[owner].append(requirement.target)
        neighbours[requirement.target].append(owner)
    place = {element: index / len(row) for row in rows.values() for index, element in enumerate(row)}
    for sweep in range(_SWEEPS):
        for number in sorted(rows, reverse=sweep % 2 == 1):
            row = rows[number]
            row.sort(key=lambda element: _mean([place[other] for other in neighbours[element]] or [place[element]]))
            place.update({element: index / len(row) for index, element in enumerate(row)})
    return rows


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _placed(rows: dict[int, list[str]], by_id: dict[str, DrgElement]) -> dict[str, Bounds]:
    widths = {
        number: sum(_SIZES[type(by_id[element])][0] + _GAP for element in row) - _GAP for number, row in rows.items()
    }
    widest, top = max(widths.values()), max(rows)
    bounds = {}
    for number, row in rows.items():
        x = _MARGIN + (widest - widths[number]) // 2
        for element in row:
            width, height = _SIZES[type(by_id[element])]
            y = _MARGIN + (top - number) * _ROW_HEIGHT + (_SIZES[Decision][1] - height) // 2
            bounds[element] = Bounds(x, y, width, height)
            x += width + _GAP
    return bounds


def _edge(requirement: Requirement, source: Bounds, target: Bounds) -> Edge:
    """From the top of what is needed to the bottom of what needs it."""
    waypoints = (
        Point(source.x + source.width / 2, source.y),
        Point(target.x + target.width / 2, target.y + target.height),
    )
    return Edge(id=f"{requirement.id}_edge", element=requirement.id or "", waypoints=waypoints)

"""BPMN DI in XML: where elements are drawn (BPMN 2.0.2 section 12).

Rule kept: shapes and edges are found by the element they draw; attributes of theirs that this package does not know
(colours of other tools) stay. Ids that follow from the element's id are not kept, others are.
"""

from __future__ import annotations

from collections.abc import Set

from lxml import etree

from zaizao.bpmn.model import Bounds, Diagram, Edge, Point, Shape
from zaizao.bpmn.xml import BPMNDI, DC, DI, attributes_of, local, ordered, unprefixed


def read_diagrams(root: etree._Element, processes: Set[str]) -> tuple[Diagram | None, dict[str, Diagram]]:
    """The main diagram and those of collapsed sub-processes by their id."""
    main: Diagram | None = None
    drill_downs: dict[str, Diagram] = {}
    for plane in root.iterfind(f"{{{BPMNDI}}}BPMNDiagram/{{{BPMNDI}}}BPMNPlane"):
        drawn = unprefixed(plane.get("bpmnElement", ""))
        diagram = _read_plane(plane)
        if main is None:
            main = diagram
        elif drawn in processes or not drawn:
            main = Diagram({**diagram.shapes, **main.shapes}, {**diagram.edges, **main.edges})
        else:
            drill_downs[drawn] = diagram
    return main, drill_downs


def write_diagram(root: etree._Element, diagram: Diagram, drawn: str, number: int) -> None:
    """Append the diagram of the element ``drawn`` (a process, a collaboration, a sub-process)."""
    holder = etree.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", id=f"BPMNDiagram_{number}")
    plane = etree.SubElement(holder, f"{{{BPMNDI}}}BPMNPlane", id=f"BPMNPlane_{number}", bpmnElement=drawn)
    for key, shape in diagram.shapes.items():
        attributes = {"id": f"{key}_di", "bpmnElement": key, **ordered(shape.attributes)}
        if shape.expanded is not None:
            attributes["isExpanded"] = str(shape.expanded).lower()
        if shape.horizontal is not None:
            attributes["isHorizontal"] = str(shape.horizontal).lower()
        element = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", attributes)
        _write_bounds(element, shape.bounds)
        _write_label(element, shape.label)
    for key, edge in diagram.edges.items():
        attributes = {"id": f"{key}_di", "bpmnElement": key, **ordered(edge.attributes)}
        element = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", attributes)
        for point in edge.points:
            etree.SubElement(element, f"{{{DI}}}waypoint", x=figure(point.x), y=figure(point.y))
        _write_label(element, edge.label)


def figure(value: float) -> str:
    """A coordinate as short text that reads back as the same number."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _read_plane(plane: etree._Element) -> Diagram:
    shapes: dict[str, Shape] = {}
    edges: dict[str, Edge] = {}
    for element in plane:
        if not isinstance(element.tag, str):
            continue
        key = unprefixed(element.get("bpmnElement", ""))
        kept = attributes_of(element)
        kept.pop("bpmnElement", None)
        if kept.get("id") == f"{key}_di":
            kept.pop("id")
        if local(element) == "BPMNShape" and (bounds := _bounds(element)) is not None:
            flags = (_flag(kept.pop("isExpanded", None)), _flag(kept.pop("isHorizontal", None)))
            shapes[key] = Shape(bounds, _label(element), *flags, ordered(kept))
        elif local(element) == "BPMNEdge":
            points = tuple(
                Point(_number(point.get("x")), _number(point.get("y")))
                for point in element.iterfind(f"{{{DI}}}waypoint")
            )
            edges[key] = Edge(points, _label(element), ordered(kept))
    return Diagram(shapes, edges)


def _bounds(element: etree._Element) -> Bounds | None:
    found = element.find(f"{{{DC}}}Bounds")
    return None if found is None else Bounds(*(_number(found.get(name)) for name in ("x", "y", "width", "height")))


def _label(element: etree._Element) -> Bounds | None:
    label = element.find(f"{{{BPMNDI}}}BPMNLabel")
    return None if label is None else _bounds(label)


def _number(text: str | None) -> float:
    try:
        value = float(text or "0")
    except ValueError:
        return 0.0
    return value if abs(value) < 1e9 else 0.0


def _flag(text: str | None) -> bool | None:
    return None if text is None else text in ("true", "1")


def _write_bounds(parent: etree._Element, bounds: Bounds) -> None:
    names = ("x", "y", "width", "height")
    etree.SubElement(
        parent, f"{{{DC}}}Bounds", {name: figure(value) for name, value in zip(names, bounds, strict=True)}
    )


def _write_label(parent: etree._Element, label: Bounds | None) -> None:
    if label is not None:
        _write_bounds(etree.SubElement(parent, f"{{{BPMNDI}}}BPMNLabel"), label)

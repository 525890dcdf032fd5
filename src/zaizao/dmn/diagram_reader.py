"""Reading the drawing: DMNDI pages, shapes and edges (DMN 13)."""

from __future__ import annotations

import math

from lxml import etree

from zaizao.dmn.model import Bounds, Diagram, Edge, Label, Point, Shape
from zaizao.dmn.parts import Place
from zaizao.dmn.xmlsource import DMNDI, elements, local_name, xml_text
from zaizao.problems import Text


def read_diagrams(root: etree._Element, place: Place) -> tuple[tuple[Diagram, ...], tuple[str, ...]]:
    """All pages, and the shared styles as XML text."""
    pages: list[Diagram] = []
    styles: list[str] = []
    for child in elements(root):
        if child.tag != f"{{{DMNDI}}}DMNDI":
            continue
        for page in elements(child):
            tag = local_name(page)
            if tag == "DMNDiagram":
                pages.append(_page(page, place))
            elif tag == "DMNStyle":
                styles.append(xml_text(page))
    return tuple(pages), tuple(styles)


def _page(element: etree._Element, place: Place) -> Diagram:
    shapes: list[Shape] = []
    edges: list[Edge] = []
    foreign: list[str] = []
    width = height = None
    for child in elements(element):
        tag = local_name(child)
        if tag == "DMNShape":
            shapes.append(_shape(child, place))
        elif tag == "DMNEdge":
            edges.append(_edge(child, place))
        elif tag == "Size":
            width, height = _number(child, "width", place), _number(child, "height", place)
        else:
            foreign.append(xml_text(child))
    return Diagram(
        id=element.get("id"),
        name=element.get("name"),
        width=width,
        height=height,
        shapes=tuple(shapes),
        edges=tuple(edges),
        attributes=_attributes(element, ("id", "name")),
        foreign=tuple(foreign),
    )


def _shape(element: etree._Element, place: Place) -> Shape:
    bounds: Bounds | None = None
    label: Label | None = None
    divider: tuple[Point, ...] = ()
    foreign: list[str] = []
    for child in elements(element):
        tag = local_name(child)
        if tag == "Bounds":
            bounds = _bounds(child, place)
        elif tag == "DMNLabel":
            label = _label(child, place)
        elif tag == "DMNDecisionServiceDividerLine":
            divider = _waypoints(child, place)
        else:
            foreign.append(xml_text(child))
    if bounds is None:
        place.missing(element, "Bounds")
    return Shape(
        id=element.get("id"),
        element=_element(element, place),
        bounds=bounds or Bounds(0, 0, 0, 0),
        label_shape=label,
        collapsed=element.get("isCollapsed") in ("true", "1"),
        listed_input=element.get("isListedInputData") in ("true", "1"),
        divider=divider,
        attributes=_attributes(element, ("id", "dmnElementRef", "isCollapsed", "isListedInputData")),
        foreign=tuple(foreign),
    )


def _edge(element: etree._Element, place: Place) -> Edge:
    label: Label | None = None
    foreign: list[str] = []
    for child in elements(element):
        tag = local_name(child)
        if tag == "DMNLabel":
            label = _label(child, place)
        elif tag != "waypoint":
            foreign.append(xml_text(child))
    return Edge(
        id=element.get("id"),
        element=_element(element, place),
        waypoints=_waypoints(element, place),
        label_shape=label,
        attributes=_attributes(element, ("id", "dmnElementRef")),
        foreign=tuple(foreign),
    )


def _element(element: etree._Element, place: Place) -> str:
    """The drawn element as a target; a prefix names the namespace of an import."""
    text = element.get("dmnElementRef") or ""
    prefix, colon, local = text.partition(":")
    uri = element.nsmap.get(prefix) if colon else None
    return text if uri is None else place.target(f"{uri}#{local}")


def _label(element: etree._Element, place: Place) -> Label:
    bounds: Bounds | None = None
    text: str | None = None
    for child in elements(element):
        if local_name(child) == "Bounds":
            bounds = _bounds(child, place)
        elif local_name(child) == "Text":
            text = child.text or ""
    return Label(bounds, text)


def _bounds(element: etree._Element, place: Place) -> Bounds:
    return Bounds(
        _number(element, "x", place),
        _number(element, "y", place),
        _number(element, "width", place),
        _number(element, "height", place),
    )


def _waypoints(element: etree._Element, place: Place) -> tuple[Point, ...]:
    return tuple(
        Point(_number(child, "x", place), _number(child, "y", place))
        for child in elements(element)
        if local_name(child) == "waypoint"
    )


def _number(element: etree._Element, name: str, place: Place) -> float:
    text = element.get(name) or ""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return number
    place.report(
        element,
        Text(f"坐标 {name}={text!r} 不是数字", f"the coordinate {name}={text!r} is no number"),
        Text("请在建模工具中重新排布图形", "arrange the drawing again in the modeller"),
        "dmn.read.coordinate",
    )
    return 0.0


def _attributes(element: etree._Element, known: tuple[str, ...]) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items() if name not in known}

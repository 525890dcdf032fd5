"""Writing decision models: DMN 1.5 with its drawing, the same bytes for the same model.

Rule kept: ``read(write(model))`` equals ``complete(model)``: what reading found is written, what is missing for other
tools (ids, a drawing) is filled in first. Children stand in the order of the DMN 1.5 schema.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from zaizao.dmn.completion import complete
from zaizao.dmn.expression_writer import (
    common,
    opened,
    write_expression,
    write_function_parts,
    write_head,
    write_item,
    write_tests,
)
from zaizao.dmn.markup import Markup
from zaizao.dmn.model import (
    Artifact,
    Association,
    Bounds,
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    Diagram,
    DrgElement,
    Edge,
    FunctionItem,
    Group,
    Import,
    InputData,
    ItemDefinition,
    KnowledgeSource,
    Label,
    Point,
    Requirement,
    Shape,
    TextAnnotation,
)


def write(definitions: Definitions) -> bytes:
    """The model as a DMN 1.5 file (UTF-8); lays out a requirements diagram when the model has none.

    Raises ``DmnError`` when a text holds a character that XML cannot.
    """
    model = complete(definitions)
    out = Markup(model.prefixes)
    write_head(out, model)
    for imported in model.imports:
        _import(out, imported)
    for item in model.types:
        _item_definition(out, "itemDefinition", item)
    for element in model.elements:
        _ELEMENTS[type(element)](out, element)
    for artifact in model.artifacts:
        _artifact(out, artifact)
    for xml in model.business:
        out.raw(xml)
    _drawing(out, model)
    attributes = common(model) | {
        "name": model.name,
        "namespace": model.namespace,
        "expressionLanguage": model.expression_language,
        "typeLanguage": model.type_language,
        "exporter": model.exporter,
        "exporterVersion": model.exporter_version,
    }
    return out.document("definitions", attributes, model.name)


def href(target: str) -> str:
    """A target as the file refers to it."""
    return target if "#" in target else f"#{target}"


def _import(out: Markup, value: Import) -> None:
    attributes = {
        "name": value.name,
        "namespace": value.namespace,
        "importType": value.import_type,
        "locationURI": value.location,
    }
    with opened(out, "import", value, attributes):
        pass


def _item_definition(out: Markup, tag: str, value: ItemDefinition) -> None:
    attributes = {
        "name": value.name,
        "isCollection": "true" if value.collection else None,
        "typeLanguage": value.language,
    }
    with opened(out, tag, value, attributes):
        if value.type is not None:
            out.leaf("typeRef", {}, value.type)
        write_tests(out, "allowedValues", value.allowed)
        write_tests(out, "typeConstraint", value.constraint)
        for component in value.components:
            _item_definition(out, "itemComponent", component)
        if value.function is not None:
            _function_item(out, value.function)


def _function_item(out: Markup, value: FunctionItem) -> None:
    with opened(out, "functionItem", value, {"outputTypeRef": value.result}):
        for parameter in value.parameters:
            write_item(out, "parameters", parameter)


def _requirements(out: Markup, tag: str, values: Sequence[Requirement]) -> None:
    for value in values:
        with opened(out, tag, value, {}):
            out.leaf(value.kind.value, {"href": href(value.target)})


def _decision(out: Markup, value: Decision) -> None:
    with opened(out, "decision", value, {"name": value.name}):
        if value.question is not None:
            out.leaf("question", {}, value.question)
        if value.answers is not None:
            out.leaf("allowedAnswers", {}, value.answers)
        write_item(out, "variable", value.variable)
        _requirements(out, "informationRequirement", value.information)
        _requirements(out, "knowledgeRequirement", value.knowledge)
        _requirements(out, "authorityRequirement", value.authority)
        for xml in value.business:
            out.raw(xml)
        write_expression(out, value.logic)


def _knowledge_model(out: Markup, value: BusinessKnowledgeModel) -> None:
    with opened(out, "businessKnowledgeModel", value, {"name": value.name}):
        write_item(out, "variable", value.variable)
        if value.logic is not None:
            write_function_parts(out, "encapsulatedLogic", value.logic)
        _requirements(out, "knowledgeRequirement", value.knowledge)
        _requirements(out, "authorityRequirement", value.authority)


def _input_data(out: Markup, value: InputData) -> None:
    with opened(out, "inputData", value, {"name": value.name}):
        write_item(out, "variable", value.variable)


def _service(out: Markup, value: DecisionService) -> None:
    with opened(out, "decisionService", value, {"name": value.name}):
        write_item(out, "variable", value.variable)
        for tag, targets in (
            ("outputDecision", value.outputs),
            ("encapsulatedDecision", value.encapsulated),
            ("inputDecision", value.input_decisions),
            ("inputData", value.input_data),
        ):
            for target in targets:
                out.leaf(tag, {"href": href(target)})


def _knowledge_source(out: Markup, value: KnowledgeSource) -> None:
    with opened(out, "knowledgeSource", value, {"name": value.name, "locationURI": value.location}):
        _requirements(out, "authorityRequirement", value.authority)
        if value.type is not None:
            out.leaf("type", {}, value.type)
        if value.owner is not None:
            out.leaf("owner", {"href": href(value.owner)})


_ELEMENTS: dict[type[DrgElement], Callable[[Markup, Any], None]] = {
    Decision: _decision,
    InputData: _input_data,
    BusinessKnowledgeModel: _knowledge_model,
    DecisionService: _service,
    KnowledgeSource: _knowledge_source,
}


def _artifact(out: Markup, value: Artifact) -> None:
    if isinstance(value, TextAnnotation):
        with opened(out, "textAnnotation", value, {"textFormat": value.format}):
            out.leaf("text", {}, value.text)
    elif isinstance(value, Association):
        with opened(out, "association", value, {"associationDirection": value.direction}):
            out.leaf("sourceRef", {"href": href(value.source)})
            out.leaf("targetRef", {"href": href(value.target)})
    elif isinstance(value, Group):
        with opened(out, "group", value, {"name": value.name}):
            pass


# --- drawing ------------------------------------------------------------------------------------------------------


def _drawing(out: Markup, model: Definitions) -> None:
    if not model.diagrams and not model.styles:
        return
    with out.element("dmndi:DMNDI", {}):
        for xml in model.styles:
            out.raw(xml)
        for page in model.diagrams:
            _page(out, page)


def _page(out: Markup, page: Diagram) -> None:
    with out.element("dmndi:DMNDiagram", {"id": page.id, "name": page.name, **page.attributes}):
        for xml in page.foreign:
            out.raw(xml)
        if page.width is not None and page.height is not None:
            out.leaf("dmndi:Size", {"width": _number(page.width), "height": _number(page.height)})
        for shape in page.shapes:
            _shape(out, shape)
        for edge in page.edges:
            _edge(out, edge)


def _shape(out: Markup, shape: Shape) -> None:
    attributes = {
        "id": shape.id,
        "dmnElementRef": _reference(out, shape.element),
        "isListedInputData": "true" if shape.listed_input else None,
        "isCollapsed": "true" if shape.collapsed else None,
        **shape.attributes,
    }
    with out.element("dmndi:DMNShape", attributes):
        for xml in shape.foreign:
            out.raw(xml)
        _bounds(out, shape.bounds)
        _label(out, shape.label_shape)
        if shape.divider:
            with out.element("dmndi:DMNDecisionServiceDividerLine", {}):
                _waypoints(out, shape.divider)


def _edge(out: Markup, edge: Edge) -> None:
    attributes = {"id": edge.id, "dmnElementRef": _reference(out, edge.element), **edge.attributes}
    with out.element("dmndi:DMNEdge", attributes):
        for xml in edge.foreign:
            out.raw(xml)
        _waypoints(out, edge.waypoints)
        _label(out, edge.label_shape)


def _reference(out: Markup, target: str) -> str:
    namespace, hash_sign, local = target.rpartition("#")
    return f"{out.prefix(namespace)}:{local}" if hash_sign else target


def _label(out: Markup, label: Label | None) -> None:
    if label is None:
        return
    with out.element("dmndi:DMNLabel", {}):
        if label.bounds is not None:
            _bounds(out, label.bounds)
        if label.text is not None:
            out.leaf("dmndi:Text", {}, label.text)


def _bounds(out: Markup, bounds: Bounds) -> None:
    out.leaf(
        "dc:Bounds",
        {
            "x": _number(bounds.x),
            "y": _number(bounds.y),
            "width": _number(bounds.width),
            "height": _number(bounds.height),
        },
    )


def _waypoints(out: Markup, points: Sequence[Point]) -> None:
    for point in points:
        out.leaf("di:waypoint", {"x": _number(point.x), "y": _number(point.y)})


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)

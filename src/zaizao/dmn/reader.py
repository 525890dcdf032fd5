"""Reading decision models: DMN 1.1 to 1.5 XML into the typed objects of ``model``.

Rule kept: everything in the file lands in the object or in a problem; an element of the DMN namespace that the standard
does not allow in its place is an error that names the line. Business context is kept as XML text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from lxml import etree

from zaizao.dmn.diagram_reader import read_diagrams
from zaizao.dmn.errors import DmnError
from zaizao.dmn.expression_reader import ExpressionReader, as_function
from zaizao.dmn.model import (
    Artifact,
    Association,
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    DrgElement,
    FunctionItem,
    Group,
    Import,
    InputData,
    ItemDefinition,
    KnowledgeSource,
    Requirement,
    RequirementKind,
    TextAnnotation,
)
from zaizao.dmn.parts import Parts, Place
from zaizao.dmn.xmlsource import current, local_name, parse, source_name, xml_text
from zaizao.problems import Problem, Text

_BUSINESS = (
    "supportedObjective",
    "impactedPerformanceIndicator",
    "decisionMaker",
    "decisionOwner",
    "usingProcess",
    "usingTask",
)
_STANDARD_PREFIXES = ("dmndi", "dc", "di", "xsi")


def read(source: Path | str | bytes) -> Definitions:
    """The decision model in a ``.dmn`` file or its bytes.

    Raises ``DmnError`` with every problem found: not XML, a DOCTYPE, not DMN, elements out of place.
    """
    root = parse(source)
    place = Place(source_name(source), root.get("namespace") or "", _imports_by_namespace(root))
    try:
        definitions = _definitions(root, place)
    except etree.C14NError:
        raise DmnError(_bad_namespace(place.file)) from None
    if place.problems:
        raise DmnError(place.problems)
    return definitions


def _bad_namespace(file: str) -> Problem:
    return Problem(
        file,
        Text("扩展内容的命名空间不是绝对 URI", "an extension's namespace is no absolute URI"),
        Text("请把命名空间改为绝对 URI", "give it an absolute URI"),
        "dmn.xml.namespace",
    )


def _imports_by_namespace(root: etree._Element) -> dict[str, str]:
    return {
        child.get("namespace") or "": child.get("name") or ""
        for child in root
        if isinstance(child.tag, str) and local_name(child) == "import"
    }


def _definitions(root: etree._Element, place: Place) -> Definitions:
    parts = Parts(root, place)
    imports: list[Import] = []
    types: list[ItemDefinition] = []
    drg: list[DrgElement] = []
    artifacts: list[Artifact] = []
    business: list[str] = []
    for child in parts.rest():
        tag = local_name(child)
        if tag == "import":
            imports.append(_import(child, place))
        elif tag == "itemDefinition":
            types.append(_item_definition(child, place))
        elif tag in _DRG:
            drg.append(_DRG[tag](child, place))
        elif tag in _ARTIFACTS:
            artifacts.append(_ARTIFACTS[tag](child, place))
        elif tag in ("elementCollection", "performanceIndicator", "organizationUnit"):
            business.append(xml_text(child))
        elif tag != "DMNDI":
            place.unexpected(child, root)
    diagrams, styles = read_diagrams(root, place)
    return Definitions(
        **parts.common(),
        namespace=root.get("namespace") or "",
        name=place.named(root),
        elements=tuple(drg),
        types=tuple(types),
        imports=tuple(imports),
        artifacts=tuple(artifacts),
        diagrams=diagrams,
        expression_language=place.language(root.get("expressionLanguage")),
        type_language=place.language(root.get("typeLanguage")),
        exporter=root.get("exporter"),
        exporter_version=root.get("exporterVersion"),
        business=tuple(business),
        styles=styles,
        prefixes={
            prefix: current(uri)
            for prefix, uri in root.nsmap.items()
            if prefix and prefix not in _STANDARD_PREFIXES and "/spec/DMN/" not in uri
        },
    )


def _import(element: etree._Element, place: Place) -> Import:
    parts = Parts(element, place)
    parts.finish()
    return Import(
        **parts.common(),
        namespace=element.get("namespace") or "",
        name=element.get("name") or "",
        import_type=current(element.get("importType") or ""),
        location=element.get("locationURI"),
    )


def _item_definition(element: etree._Element, place: Place) -> ItemDefinition:
    parts = Parts(element, place)
    function = parts.one("functionItem")
    type_ref = parts.text("typeRef")
    item = ItemDefinition(
        **parts.common(),
        name=place.named(element),
        type=place.type_name(element, type_ref.strip()) if type_ref else None,
        components=tuple(_item_definition(child, place) for child in parts.all("itemComponent")),
        function=_function_item(function, place) if function is not None else None,
        allowed=parts.tests("allowedValues"),
        constraint=parts.tests("typeConstraint"),
        collection=element.get("isCollection") in ("true", "1"),
        language=place.language(element.get("typeLanguage")),
    )
    parts.finish()
    return item


def _function_item(element: etree._Element, place: Place) -> FunctionItem:
    parts = Parts(element, place)
    item = FunctionItem(
        **parts.common(),
        parameters=tuple(Parts(child, place).item() for child in parts.all("parameters")),
        result=place.type_name(element, element.get("outputTypeRef")),
    )
    parts.finish()
    return item


def _requirements(parts: Parts, tag: str) -> tuple[Requirement, ...]:
    found = []
    for element in parts.all(tag):
        inner = Parts(element, parts.place)
        for kind in RequirementKind:
            far = inner.one(kind.value)
            if far is not None:
                found.append(Requirement(**inner.common(), target=parts.place.target(far.get("href")), kind=kind))
                break
        else:
            parts.place.missing(element, "required…")
        inner.finish()
    return tuple(found)


class _Graph(TypedDict):
    """The requirements that decisions and knowledge models share."""

    knowledge: tuple[Requirement, ...]
    authority: tuple[Requirement, ...]


def _graph(parts: Parts) -> _Graph:
    return {
        "knowledge": _requirements(parts, "knowledgeRequirement"),
        "authority": _requirements(parts, "authorityRequirement"),
    }


def _decision(element: etree._Element, place: Place) -> Decision:
    parts = Parts(element, place)
    base = parts.named()
    business = tuple(xml_text(child) for tag in _BUSINESS for child in parts.all(tag))
    decision = Decision(
        **base,
        question=parts.text("question"),
        answers=parts.text("allowedAnswers"),
        variable=parts.variable(),
        information=_requirements(parts, "informationRequirement"),
        **_graph(parts),
        business=business,
        logic=ExpressionReader(place).only(parts),
    )
    parts.finish()
    return decision


def _knowledge_model(element: etree._Element, place: Place) -> BusinessKnowledgeModel:
    parts = Parts(element, place)
    logic = parts.one("encapsulatedLogic")
    model = BusinessKnowledgeModel(
        **parts.named(),
        variable=parts.variable(),
        logic=as_function(logic, place) if logic is not None else None,
        **_graph(parts),
    )
    parts.finish()
    return model


def _input_data(element: etree._Element, place: Place) -> InputData:
    parts = Parts(element, place)
    data = InputData(**parts.named(), variable=parts.variable())
    parts.finish()
    return data


def _service(element: etree._Element, place: Place) -> DecisionService:
    parts = Parts(element, place)

    def targets(tag: str) -> tuple[str, ...]:
        return tuple(place.target(child.get("href")) for child in parts.all(tag))

    service = DecisionService(
        **parts.named(),
        variable=parts.variable(),
        outputs=targets("outputDecision"),
        encapsulated=targets("encapsulatedDecision"),
        input_decisions=targets("inputDecision"),
        input_data=targets("inputData"),
    )
    parts.finish()
    return service


def _knowledge_source(element: etree._Element, place: Place) -> KnowledgeSource:
    parts = Parts(element, place)
    owner = parts.one("owner")
    source = KnowledgeSource(
        **parts.named(),
        authority=_requirements(parts, "authorityRequirement"),
        type=parts.text("type"),
        owner=place.target(owner.get("href")) if owner is not None else None,
        location=element.get("locationURI"),
    )
    parts.finish()
    return source


def _annotation(element: etree._Element, place: Place) -> TextAnnotation:
    parts = Parts(element, place)
    note = TextAnnotation(
        **parts.identified(),
        text=parts.text("text") or "",
        format=element.get("textFormat"),
    )
    parts.finish()
    return note


def _association(element: etree._Element, place: Place) -> Association:
    parts = Parts(element, place)
    ends = [parts.one(tag) for tag in ("sourceRef", "targetRef")]
    source, target = (place.target(end.get("href") if end is not None else None) for end in ends)
    parts.finish()
    return Association(
        **parts.identified(),
        source=source,
        target=target,
        direction=element.get("associationDirection"),
    )


def _group(element: etree._Element, place: Place) -> Group:
    parts = Parts(element, place)
    parts.finish()
    return Group(**parts.identified(), name=element.get("name"))


_DRG: dict[str, Callable[[etree._Element, Place], DrgElement]] = {
    "decision": _decision,
    "inputData": _input_data,
    "businessKnowledgeModel": _knowledge_model,
    "decisionService": _service,
    "knowledgeSource": _knowledge_source,
}
_ARTIFACTS: dict[str, Callable[[etree._Element, Place], Artifact]] = {
    "textAnnotation": _annotation,
    "association": _association,
    "group": _group,
}

"""A model laid open for checking: its XML tree with indexes, and how a fault becomes a problem that names the element.

Rule kept: rules see the model as it would be written, so what is checked is what others will read. A rule yields
(element, code); what the code says in both languages stands in ``words``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from zaizao.bpmn.rules.words import WORDS
from zaizao.bpmn.xml import BPMN, ZEEBE, local, namespace, text_of, unprefixed
from zaizao.problems import Problem, Severity, Text

Fault = tuple[etree._Element, str]
Rule = Callable[["Sheet"], Iterator[Fault]]

ACTIVITIES = frozenset(
    [
        "task",
        "serviceTask",
        "userTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "manualTask",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "callActivity",
    ]
)
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset(["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"])
CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
THROWING = frozenset({"intermediateThrowEvent", "endEvent"})
EVENTS = CATCHING | THROWING
NODES = ACTIVITIES | GATEWAYS | EVENTS


class Sheet:
    """The tree with what rules ask for again and again."""

    def __init__(self, root: etree._Element, source: str) -> None:
        self.root = root
        self.source = source
        self.elements = [element for element in root.iter(f"{{{BPMN}}}*") if isinstance(element.tag, str)]
        self.by_tag: dict[str, list[etree._Element]] = {}
        self.by_id: dict[str, etree._Element] = {}
        for element in self.elements:
            self.by_tag.setdefault(local(element), []).append(element)
            if key := element.get("id"):
                self.by_id.setdefault(key, element)
        self.outgoing: dict[etree._Element, list[etree._Element]] = {}
        self.incoming: dict[etree._Element, list[etree._Element]] = {}
        for flow in self.all("sequenceFlow"):
            source_node, target_node = self.refer(flow, "sourceRef"), self.refer(flow, "targetRef")
            if source_node is not None:
                self.outgoing.setdefault(source_node, []).append(flow)
            if target_node is not None:
                self.incoming.setdefault(target_node, []).append(flow)
        self.boundary: dict[etree._Element, list[etree._Element]] = {}
        for event in self.all("boundaryEvent"):
            host = self.refer(event, "attachedToRef")
            if host is not None:
                self.boundary.setdefault(host, []).append(event)

    def all(self, *tags: str) -> list[etree._Element]:
        """All elements with these names."""
        return [element for tag in tags for element in self.by_tag.get(tag, ())]

    def nodes(self) -> Iterator[etree._Element]:
        """All flow nodes."""
        return (element for element in self.elements if local(element) in NODES)

    def refer(self, element: etree._Element, attribute: str) -> etree._Element | None:
        """The element that an attribute names."""
        return self.by_id.get(unprefixed(element.get(attribute, "")))

    def point(self, element: etree._Element | None) -> etree._Element | None:
        """The element that an element's text names."""
        return None if element is None else self.by_id.get(unprefixed(text_of(element)))

    def target(self, flow: etree._Element) -> etree._Element | None:
        """Where a flow leads."""
        return self.refer(flow, "targetRef")

    def problem(self, fault: Fault, severity: Severity = Severity.ERROR) -> Problem:
        """The fault as a problem that names its element."""
        element, code = fault
        zh, en, remedy_zh, remedy_en = WORDS[code]
        return Problem(self.where(element), Text(zh, en), Text(remedy_zh, remedy_en), f"bpmn.{code}", severity)

    def where(self, element: etree._Element) -> str:
        """File, kind, id and name of the element, or of the nearest element around it that has an id."""
        named: etree._Element | None = element
        while named is not None and not named.get("id"):
            named = named.getparent()
        inner = "" if named is element else f" ({local(element)})"
        place = f"{self.source}: " if self.source else ""
        if named is None:
            return f"{place}{local(element)}"
        name = f' "{" ".join(named.get("name", "").split())}"' if named.get("name") else ""
        return f"{place}{local(named)} {named.get('id')}{name}{inner}"


def children(element: etree._Element, *tags: str) -> list[etree._Element]:
    """The BPMN children with these names."""
    wanted = {f"{{{BPMN}}}{tag}" for tag in tags}
    return [child for child in element if child.tag in wanted]


def child(element: etree._Element, tag: str) -> etree._Element | None:
    """The first BPMN child of that name."""
    return element.find(f"{{{BPMN}}}{tag}")


def extension(element: etree._Element, tag: str) -> etree._Element | None:
    """The first ``zeebe:`` extension of that name."""
    return element.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}{tag}")


def definitions_of(event: etree._Element) -> list[etree._Element]:
    """The event's definitions."""
    return [item for item in event if namespace(item) == BPMN and local(item).endswith("EventDefinition")]


def kinds_of(event: etree._Element) -> list[str]:
    """The kinds of the event's definitions: ``message``, ``timer`` …"""
    return [local(item).removesuffix("EventDefinition") for item in definitions_of(event)]


def is_event_scope(element: etree._Element) -> bool:
    """Whether the element is an event sub-process."""
    return local(element) == "subProcess" and element.get("triggeredByEvent") == "true"


def is_true(element: etree._Element, attribute: str, default: bool = False) -> bool:
    """An ``xsd:boolean`` attribute."""
    return element.get(attribute, str(default).lower()) in ("true", "1")

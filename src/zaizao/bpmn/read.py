"""Reading BPMN files: definitions, processes, collaborations, diagrams.

Rule kept: reading is tolerant and complete. What cannot be said in objects becomes a finding, what is not known becomes
``foreign``; judging is left to ``check``. Only what is no BPMN file at all raises.
Standard: BPMN 2.0.2 sections 8 (foundation), 9 (collaboration), 15 (exchange formats).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lxml import etree

from zaizao.bpmn.diagram_xml import read_diagrams
from zaizao.bpmn.dialects import convert
from zaizao.bpmn.errors import BpmnError
from zaizao.bpmn.model import (
    Coded,
    Definitions,
    Lane,
    Message,
    MessageFlow,
    Participant,
    Process,
)
from zaizao.bpmn.read_nodes import ScopeReader, read_listeners, read_properties
from zaizao.bpmn.rules.file import file_findings
from zaizao.bpmn.unread import Prefixes, Unread
from zaizao.bpmn.xml import (
    BPMN,
    PREFIXES,
    content_of,
    declared_prefixes,
    feel,
    feel_or_number,
    local,
    ordered,
    parse,
    text_of,
    unprefixed,
)
from zaizao.problems import Problem, Text


def read(where: Path | bytes | str) -> Definitions:
    """The process models of a BPMN 2.0 file, given as path, bytes or XML text.

    The ``zeebe:`` dialect is read as it is; other dialects are converted first, and what could not be converted stands
    in ``Definitions.findings``. Raises ``BpmnError`` when the content is no (safe) BPMN file.
    """
    content, source = content_of(where)
    root = parse(content, source=source)
    if root.tag != f"{{{BPMN}}}definitions":
        raise BpmnError(_not_bpmn(source, local(root)))
    findings = file_findings(root, source)
    findings += convert(root, source)
    definitions = _Reader(root, source, declared_prefixes(root, content)).definitions()
    return replace(definitions, findings=tuple(findings))


class _Reader(ScopeReader):
    """One file being read."""

    def __init__(self, root: etree._Element, source: str, prefixes: Prefixes) -> None:
        shared = {child.get("id", ""): child for child in root if local(child).endswith("EventDefinition")}
        super().__init__(prefixes, shared)
        self.root = root
        self.source = source

    def definitions(self) -> Definitions:
        """The whole file."""
        rest = Unread(self.root, self.prefixes)
        processes = tuple(self.process(child) for child in rest.children("process"))
        diagram, drill_downs = read_diagrams(self.root, {process.id for process in processes})
        collaboration = rest.child("collaboration")
        parts = self.collaboration(collaboration) if collaboration is not None else Definitions()
        rest.drop_others(BPMN)
        return Definitions(
            id=rest.attribute("id", "Definitions_1"),
            target_namespace=rest.attribute("targetNamespace"),
            processes=processes,
            messages=tuple(self.message(child) for child in rest.children("message")),
            errors=tuple(self.coded(child, "errorCode") for child in rest.children("error")),
            escalations=tuple(self.coded(child, "escalationCode") for child in rest.children("escalation")),
            signals=tuple(self.coded(child, "") for child in rest.children("signal")),
            participants=parts.participants,
            message_flows=parts.message_flows,
            collaboration=parts.collaboration,
            collaboration_foreign=parts.collaboration_foreign,
            collaboration_attributes=parts.collaboration_attributes,
            diagram=diagram,
            drill_downs=drill_downs,
            foreign=rest.foreign(),
            attributes=rest.attributes,
            namespaces=self.namespaces(),
            source=self.source,
        )

    def namespaces(self) -> dict[str, str]:
        """The file's own prefixes, where they differ from the usual ones."""
        named = {prefix or "": uri for prefix, uri in self.prefixes.items()}
        return ordered({prefix: uri for prefix, uri in named.items() if PREFIXES.get(prefix) != uri})

    def process(self, element: etree._Element) -> Process:
        """One process with everything in it."""
        rest = Unread(element, self.prefixes)
        tag, priority = rest.extension("versionTag"), rest.extension("jobPriorityDefinition")
        executable = rest.flag("isExecutable", False)
        lanes = tuple(self.lane(lane) for lane_set in rest.children("laneSet") for lane in self.lanes_of(lane_set))
        return Process(
            id=rest.attribute("id"),
            name=rest.attribute("name"),
            executable=executable,
            nodes=self.nodes(rest),
            flows=self.flows(rest),
            lanes=lanes,
            associations=self.associations(rest),
            artifacts=self.artifacts(rest),
            version_tag=tag.get("value") if tag is not None else None,
            job_priority=feel_or_number(priority.get("priority", "")) if priority is not None else None,
            documentation=rest.documentation(),
            listeners=read_listeners(rest, "execution"),
            properties=read_properties(rest),
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def lanes_of(self, lane_set: etree._Element) -> list[etree._Element]:
        """The lanes of a lane set."""
        return [child for child in lane_set if child.tag == f"{{{BPMN}}}lane"]

    def lane(self, element: etree._Element) -> Lane:
        """One lane, with the lanes in it."""
        rest = Unread(element, self.prefixes)
        inner = rest.child("childLaneSet")
        return Lane(
            id=rest.attribute("id"),
            name=rest.attribute("name"),
            nodes=tuple(unprefixed(text_of(child)) for child in rest.children("flowNodeRef")),
            lanes=tuple(self.lane(lane) for lane in self.lanes_of(inner)) if inner is not None else (),
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def message(self, element: etree._Element) -> Message:
        """One declared message."""
        rest = Unread(element, self.prefixes)
        subscription = rest.extension("subscription")
        key = subscription.get("correlationKey") if subscription is not None else None
        return Message(
            id=rest.attribute("id"),
            name=rest.attribute("name"),
            correlation_key=feel(key) if key else None,
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def coded(self, element: etree._Element, code: str) -> Coded:
        """One declared error, escalation or signal, whose code stands in the attribute ``code``."""
        rest = Unread(element, self.prefixes)
        name = rest.attribute("name")
        return Coded(
            id=rest.attribute("id"),
            name=name,
            code=rest.attribute(code) if code else name,
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def collaboration(self, element: etree._Element) -> Definitions:
        """Pools and message flows, as the part of the definitions that they are."""
        rest = Unread(element, self.prefixes)
        return Definitions(
            collaboration=rest.attribute("id") or "Collaboration_1",
            participants=tuple(self.participant(child) for child in rest.children("participant")),
            message_flows=tuple(self.message_flow(child) for child in rest.children("messageFlow")),
            collaboration_foreign=rest.foreign(),
            collaboration_attributes=rest.attributes,
        )

    def participant(self, element: etree._Element) -> Participant:
        """One pool."""
        rest = Unread(element, self.prefixes)
        return Participant(
            id=rest.attribute("id"),
            name=rest.attribute("name"),
            process=unprefixed(rest.attribute("processRef")) or None,
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def message_flow(self, element: etree._Element) -> MessageFlow:
        """One message flow."""
        rest = Unread(element, self.prefixes)
        return MessageFlow(
            id=rest.attribute("id"),
            source=unprefixed(rest.attribute("sourceRef")),
            target=unprefixed(rest.attribute("targetRef")),
            name=rest.attribute("name"),
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )


def _not_bpmn(source: str, tag: str) -> Problem:
    return Problem(
        source or "XML",
        Text(f"根元素是 {tag}，不是 BPMN 2.0 的 definitions", f"the root element is {tag}, not BPMN 2.0 definitions"),
        Text("提供 BPMN 2.0 文件（.bpmn）", "give a BPMN 2.0 file (.bpmn)"),
        "bpmn.not-bpmn",
    )

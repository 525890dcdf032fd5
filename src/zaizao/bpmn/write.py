"""Writing BPMN files: the same model always gives the same bytes.

Rule kept: ``read(write(model)) == model``; children stand in the order that the BPMN schema demands, foreign ones
included. Standard: BPMN 2.0.2 section 15; ``zeebe:`` extensions as the Camunda 8 modeller writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from lxml import etree

from zaizao.bpmn.diagram_xml import write_diagram
from zaizao.bpmn.model import Association, Coded, Definitions, FlowNode, Lane, Process, SequenceFlow, SubProcess
from zaizao.bpmn.write_nodes import children_of, common_parts, listeners, node_element
from zaizao.bpmn.xml import BPMN, PREFIXES, from_fragment, indent, ordered, zeebe_number, zeebe_value
from zaizao.bpmn.xml_parts import Parts


def write(definitions: Definitions) -> bytes:
    """The model as a BPMN 2.0 file (UTF-8, deterministic), with its diagram where it has one."""
    root = tree(definitions)
    indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def tree(definitions: Definitions) -> etree._Element:
    """The model as an XML tree, as ``write`` would write it."""
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=_prefixes(definitions))
    root.set("id", definitions.id)
    if definitions.target_namespace:
        root.set("targetNamespace", definitions.target_namespace)
    for name, value in ordered(definitions.attributes).items():
        root.set(name, value)
    parts = Parts(root)
    parts.extend_foreign(definitions.foreign)
    for message in definitions.messages:
        element = parts.add("message", id=message.id, name=message.name, **ordered(message.attributes))
        inner = Parts(element)
        if message.correlation_key is not None:
            inner.extend("subscription", correlationKey=zeebe_value(message.correlation_key))
        inner.extend_foreign(message.foreign)
        inner.close()
    for tag, code, declared in (
        ("error", "errorCode", definitions.errors),
        ("escalation", "escalationCode", definitions.escalations),
        ("signal", "", definitions.signals),
    ):
        for item in declared:
            _coded(parts, tag, code, item)
    if definitions.collaboration is not None or definitions.participants:
        _collaboration(parts, definitions)
    for process in definitions.processes:
        _process(parts, process)
    parts.close()
    drawn = definitions.collaboration or next((process.id for process in definitions.processes), "")
    if definitions.diagram is not None:
        write_diagram(root, definitions.diagram, drawn, 1)
    for number, (scope, diagram) in enumerate(definitions.drill_downs.items(), start=2):
        write_diagram(root, diagram, scope, number)
    return root


def _prefixes(definitions: Definitions) -> dict[str, str]:
    own: dict[str | None, str] = {prefix or None: uri for prefix, uri in definitions.namespaces.items()}
    taken = set(own.values())
    usual = {prefix: uri for prefix, uri in PREFIXES.items() if prefix not in own and uri not in taken}
    # lxml takes None as the default prefix; its stubs do not know that.
    return cast(dict[str, str], {**usual, **own})


def _coded(parts: Parts, tag: str, code: str, item: Coded) -> None:
    values = {"id": item.id, "name": item.name if code else item.name or item.code}
    if code and item.code:
        values[code] = item.code
    inner = Parts(parts.add(tag, **values, **ordered(item.attributes)))
    inner.extend_foreign(item.foreign)
    inner.close()


def _collaboration(parts: Parts, definitions: Definitions) -> None:
    identity = definitions.collaboration or "Collaboration_1"
    inner = Parts(parts.add("collaboration", id=identity, **ordered(definitions.collaboration_attributes)))
    for pool in definitions.participants:
        element = inner.add("participant", id=pool.id, name=pool.name, **ordered(pool.attributes))
        if pool.process:
            element.set("processRef", pool.process)
        kept = Parts(element)
        kept.extend_foreign(pool.foreign)
        kept.close()
    for flow in definitions.message_flows:
        element = inner.add("messageFlow", id=flow.id, name=flow.name, **ordered(flow.attributes))
        _ends(element, flow.source, flow.target)
        kept = Parts(element)
        kept.extend_foreign(flow.foreign)
        kept.close()
    inner.extend_foreign(definitions.collaboration_foreign)
    inner.close()


def _process(parts: Parts, process: Process) -> None:
    element = parts.add("process", id=process.id, name=process.name, **ordered(process.attributes))
    element.set("isExecutable", str(process.executable).lower())
    inner = Parts(element)
    inner.document(process.documentation)
    if process.version_tag is not None:
        inner.extend("versionTag", value=process.version_tag)
    if process.job_priority is not None:
        inner.extend("jobPriorityDefinition", priority=zeebe_number(process.job_priority))
    listeners(inner, "execution", process.listeners)
    common_parts(inner, process.properties, process.foreign)
    if process.lanes:
        lane_set = Parts(inner.add("laneSet", id=f"LaneSet_{process.id}"))
        for lane in process.lanes:
            _lane(lane_set, lane)
        lane_set.close()
    _scope(inner, process.nodes, process.flows, process.associations, process.artifacts)
    inner.close()


def _lane(parts: Parts, lane: Lane) -> None:
    inner = Parts(parts.add("lane", id=lane.id, name=lane.name, **ordered(lane.attributes)))
    inner.extend_foreign(lane.foreign)
    for node in lane.nodes:
        inner.add("flowNodeRef").text = node
    if lane.lanes:
        child = Parts(inner.add("childLaneSet", id=f"LaneSet_{lane.id}"))
        for below in lane.lanes:
            _lane(child, below)
        child.close()
    inner.close()


def _scope(
    parts: Parts,
    nodes: Iterable[FlowNode],
    flows: tuple[SequenceFlow, ...],
    associations: Iterable[Association],
    artifacts: Iterable[str],
) -> None:
    incoming, outgoing = children_of(flows)
    for node in nodes:
        inner = node_element(parts, node, incoming.get(node.id, ()), outgoing.get(node.id, ()))
        if isinstance(node, SubProcess):
            _scope(inner, node.nodes, node.flows, node.associations, node.artifacts)
        inner.close()
    for flow in flows:
        _flow(parts, flow)
    for association in associations:
        element = parts.add("association", id=association.id)
        _ends(element, association.source, association.target)
        if association.directed:
            element.set("associationDirection", "One")
        for name, value in ordered(association.attributes).items():
            element.set(name, value)
        inner = Parts(element)
        inner.extend_foreign(association.foreign)
        inner.close()
    for artifact in artifacts:
        parts.insert(from_fragment(artifact))


def _flow(parts: Parts, flow: SequenceFlow) -> None:
    element = parts.add("sequenceFlow", id=flow.id, name=flow.name)
    _ends(element, flow.source, flow.target)
    for name, value in ordered(flow.attributes).items():
        element.set(name, value)
    inner = Parts(element)
    inner.document(flow.documentation)
    inner.extend_foreign(flow.foreign)
    if flow.condition is not None:
        inner.expression("conditionExpression", flow.condition)
    inner.close()


def _ends(element: etree._Element, source: str, target: str) -> None:
    if source:
        element.set("sourceRef", source)
    if target:
        element.set("targetRef", target)

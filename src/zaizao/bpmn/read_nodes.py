"""Reading what stands in a scope: flow nodes, their events, loops and extensions, and the flows between them.

Rule kept: one function per kind of element; a table says which. Standard: BPMN 2.0.2 section 10 (process); the
``zeebe:`` extensions as in the Camunda 8 modeller's exchange format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree

from zaizao.bpmn.model import (
    Association,
    CallActivity,
    CalledDecision,
    CalledElement,
    CancelDefinition,
    CompensationDefinition,
    ConditionalDefinition,
    ErrorDefinition,
    EscalationDefinition,
    Event,
    EventDefinition,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    HumanWork,
    Job,
    LinkDefinition,
    Listener,
    Mapped,
    MessageDefinition,
    MultiInstance,
    Script,
    SequenceFlow,
    SignalDefinition,
    StandardLoop,
    SubProcess,
    SubProcessKind,
    Task,
    TaskKind,
    TerminateDefinition,
    TimerDefinition,
    TimerKind,
)
from zaizao.bpmn.unread import Prefixes, Unread
from zaizao.bpmn.xml import (
    attributes_of,
    expression,
    feel,
    feel_or_number,
    fragment,
    literal,
    local,
    name_lists,
    text_of,
    unprefixed,
)

PRIORITIES = ("jobPriorityDefinition", "priorityDefinition")
ARTIFACTS = ("textAnnotation", "group", "dataObject", "dataObjectReference", "dataStoreReference")
SUB_PROCESSES = ("subProcess", "transaction", "adHocSubProcess")
FLOW_NODES = (*TaskKind, *GatewayKind, *EventPosition, *SUB_PROCESSES, "callActivity")
DEFINITIONS = (
    "messageEventDefinition",
    "timerEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
    "linkEventDefinition",
    "compensateEventDefinition",
    "terminateEventDefinition",
    "cancelEventDefinition",
)


class ScopeReader:
    """Reads the elements of processes and sub-processes; ``shared`` are the file's event definitions by id."""

    def __init__(self, prefixes: Prefixes, shared: Mapping[str, etree._Element]) -> None:
        self.prefixes = prefixes
        self.shared = shared

    def nodes(self, rest: Unread) -> tuple[FlowNode, ...]:
        """The flow nodes of a scope."""
        return tuple(self.node(child) for child in rest.children(*FLOW_NODES))

    def flows(self, rest: Unread) -> tuple[SequenceFlow, ...]:
        """The sequence flows of a scope."""
        return tuple(self.flow(child) for child in rest.children("sequenceFlow"))

    def flow(self, element: etree._Element) -> SequenceFlow:
        """One sequence flow."""
        rest = Unread(element, self.prefixes)
        condition = rest.child("conditionExpression")
        return SequenceFlow(
            id=rest.attribute("id"),
            source=unprefixed(rest.attribute("sourceRef")),
            target=unprefixed(rest.attribute("targetRef")),
            name=rest.attribute("name"),
            condition=expression(text_of(condition)) if condition is not None else None,
            documentation=rest.documentation(),
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def associations(self, rest: Unread) -> tuple[Association, ...]:
        """The associations of a scope."""
        return tuple(self.association(child) for child in rest.children("association"))

    def association(self, element: etree._Element) -> Association:
        """One association; a direction other than none or one stays an attribute."""
        rest = Unread(element, self.prefixes)
        directed = element.get("associationDirection") == "One"
        if element.get("associationDirection") in ("One", "None"):
            rest.attribute("associationDirection")
        return Association(
            id=rest.attribute("id"),
            source=unprefixed(rest.attribute("sourceRef")),
            target=unprefixed(rest.attribute("targetRef")),
            directed=directed,
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def artifacts(self, rest: Unread) -> tuple[str, ...]:
        """What is drawn in a scope but not run, as XML text."""
        return tuple(fragment(child, self.prefixes) for child in rest.children(*ARTIFACTS))

    def node(self, element: etree._Element) -> FlowNode:
        """One flow node of any kind."""
        rest = Unread(element, self.prefixes)
        if rest.tag in tuple(TaskKind):
            return self.task(rest)
        if rest.tag in tuple(GatewayKind):
            return self.gateway(rest)
        if rest.tag in tuple(EventPosition):
            return self.event(rest)
        if rest.tag in SUB_PROCESSES:
            return self.sub_process(rest)
        return self.call_activity(rest)

    def task(self, rest: Unread) -> Task:
        """A task of any type."""
        kind = TaskKind(rest.tag)
        human = read_human(rest) if kind is TaskKind.USER else None
        code = rest.child("script") if kind is TaskKind.SCRIPT else None
        message = rest.optional("messageRef") if kind in (TaskKind.SEND, TaskKind.RECEIVE) else None
        instantiate = rest.flag("instantiate", False) if kind is TaskKind.RECEIVE else False
        decision, script, job = read_decision(rest), read_script(rest), read_job(rest)
        return Task(
            kind=kind,
            job=job,
            decision=decision,
            script=script,
            human=human,
            message=unprefixed(message) if message else None,
            instantiate=instantiate,
            code=text_of(code) if code is not None else None,
            **self.activity(rest),
        )

    def call_activity(self, rest: Unread) -> CallActivity:
        """A call of another process; the standard's own attribute stands in where ``zeebe:calledElement`` is absent."""
        found = rest.extension("calledElement")
        called = None
        if found is not None:
            called = CalledElement(
                process=feel(found.get("processId", "")),
                propagate_all_child=found.get("propagateAllChildVariables", "true") != "false",
                propagate_all_parent=found.get("propagateAllParentVariables", "true") != "false",
                binding=found.get("bindingType", "latest"),
                version_tag=found.get("versionTag"),
            )
        activity = self.activity(rest)
        if called is None and "calledElement" in activity["attributes"]:
            called = CalledElement(process=literal(unprefixed(activity["attributes"]["calledElement"])))
        return CallActivity(called=called, **activity)

    def sub_process(self, rest: Unread) -> SubProcess:
        """A sub-process of any flavour with what is in it."""
        kind = {"transaction": SubProcessKind.TRANSACTION, "adHocSubProcess": SubProcessKind.AD_HOC}.get(
            rest.tag, SubProcessKind.EMBEDDED
        )
        if rest.flag("triggeredByEvent", False) and kind is SubProcessKind.EMBEDDED:
            kind = SubProcessKind.EVENT
        ad_hoc = rest.extension("adHoc") if kind is SubProcessKind.AD_HOC else None
        values: Mapping[str, str] = attributes_of(ad_hoc) if ad_hoc is not None else {}
        active, output = values.get("activeElementsCollection"), values.get("outputElement")
        completion = rest.child("completionCondition") if kind is SubProcessKind.AD_HOC else None
        return SubProcess(
            kind=kind,
            nodes=self.nodes(rest),
            flows=self.flows(rest),
            artifacts=self.artifacts(rest),
            associations=self.associations(rest),
            completion=expression(text_of(completion)) if completion is not None else None,
            active_elements=feel(active) if active else None,
            parallel=rest.attribute("ordering", "Parallel") != "Sequential",
            cancel_remaining=rest.flag("cancelRemainingInstances", True),
            output_collection=values.get("outputCollection"),
            output_element=feel(output) if output else None,
            **self.activity(rest),
        )

    def gateway(self, rest: Unread) -> Gateway:
        """A gateway of any type."""
        activation = rest.child("activationCondition")
        default = rest.optional("default")
        return Gateway(
            kind=GatewayKind(rest.tag),
            default=unprefixed(default) if default else None,
            instantiate=rest.flag("instantiate", False),
            activation=expression(text_of(activation)) if activation is not None else None,
            **self.common(rest),
        )

    def event(self, rest: Unread) -> Event:
        """An event at any place, with all its definitions, shared ones resolved."""
        position = EventPosition(rest.tag)
        readings = [Unread(element, self.prefixes) for element in rest.children(*DEFINITIONS)]
        for reference in rest.children("eventDefinitionRef"):
            shared = self.shared.get(unprefixed(text_of(reference)))
            if shared is not None:
                readings.append(Unread(shared, self.prefixes))
                readings[-1].attribute("id")  # the shared definition keeps its id; this is a copy
        job = read_job(rest) or next(filter(None, map(read_job, readings)), None)
        attached = rest.optional("attachedToRef")
        interrupting = rest.flag("cancelActivity" if position is EventPosition.BOUNDARY else "isInterrupting", True)
        return Event(
            position=position,
            definitions=tuple(read_definition(reading) for reading in readings),
            parallel_multiple=rest.flag("parallelMultiple", False),
            attached_to=unprefixed(attached) if attached else None,
            interrupting=interrupting,
            job=job,
            **self.common(rest),
        )

    def activity(self, rest: Unread) -> dict[str, Any]:
        """What every activity has, as constructor arguments."""
        default = rest.optional("default")
        return {
            "loop": self.loop(rest),
            "is_for_compensation": rest.flag("isForCompensation", False),
            "default": unprefixed(default) if default else None,
            **self.common(rest),
        }

    def common(self, rest: Unread) -> dict[str, Any]:
        """What every flow node has, as constructor arguments; comes last, as it takes the rest as foreign."""
        rest.children("incoming", "outgoing")
        mapping = rest.extension("ioMapping")
        inputs = [child for child in mapping if local(child) == "input"] if mapping is not None else []
        outputs = [child for child in mapping if local(child) == "output"] if mapping is not None else []
        return {
            "id": rest.attribute("id"),
            "name": rest.attribute("name"),
            "documentation": rest.documentation(),
            "inputs": tuple(Mapped(feel(child.get("source", "")), child.get("target", "")) for child in inputs),
            "outputs": tuple(Mapped(feel(child.get("source", "")), child.get("target", "")) for child in outputs),
            "listeners": read_listeners(rest, "execution"),
            "properties": read_properties(rest),
            "foreign": rest.foreign(),
            "attributes": rest.attributes,
        }

    def loop(self, activity: Unread) -> MultiInstance | StandardLoop | None:
        """The activity's loop, of either sort."""
        element = activity.child("multiInstanceLoopCharacteristics")
        if element is not None:
            return self.multi_instance(Unread(element, self.prefixes))
        element = activity.child("standardLoopCharacteristics")
        if element is None:
            return None
        rest = Unread(element, self.prefixes)
        condition = rest.child("loopCondition")
        maximum = rest.attribute("loopMaximum").strip()
        return StandardLoop(
            condition=expression(text_of(condition)) if condition is not None else None,
            test_before=rest.flag("testBefore", False),
            maximum=int(maximum) if re.fullmatch(r"[+-]?\d{1,9}", maximum) else None,
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )

    def multi_instance(self, rest: Unread) -> MultiInstance:
        """``multiInstanceLoopCharacteristics`` with its zeebe extension."""
        found = rest.extension("loopCharacteristics")
        values: Mapping[str, str] = attributes_of(found) if found is not None else {}
        output, collection = values.get("outputElement"), values.get("inputCollection")
        completion, cardinality = rest.child("completionCondition"), rest.child("loopCardinality")
        return MultiInstance(
            collection=feel(collection) if collection else "",
            element=values.get("inputElement"),
            output_collection=values.get("outputCollection"),
            output_element=feel(output) if output else None,
            completion=expression(text_of(completion)) if completion is not None else None,
            sequential=rest.flag("isSequential", False),
            cardinality=expression(text_of(cardinality)) if cardinality is not None else None,
            foreign=rest.foreign(),
            attributes=rest.attributes,
        )


def read_definition(rest: Unread) -> EventDefinition:
    """One event definition."""

    def reference(name: str) -> str | None:
        value = rest.optional(name)
        return unprefixed(value) if value else None

    definition: EventDefinition
    match rest.tag:
        case "messageEventDefinition":
            definition = MessageDefinition(reference("messageRef"))
        case "timerEventDefinition":
            definition = read_timer(rest)
        case "errorEventDefinition":
            definition = ErrorDefinition(reference("errorRef"))
        case "escalationEventDefinition":
            definition = EscalationDefinition(reference("escalationRef"))
        case "signalEventDefinition":
            definition = SignalDefinition(reference("signalRef"))
        case "conditionalEventDefinition":
            condition = rest.child("condition")
            definition = ConditionalDefinition(expression(text_of(condition)) if condition is not None else None)
        case "linkEventDefinition":
            definition = LinkDefinition(rest.attribute("name"))
        case "compensateEventDefinition":
            definition = CompensationDefinition(reference("activityRef"), rest.flag("waitForCompletion", True))
        case "terminateEventDefinition":
            definition = TerminateDefinition()
        case _:
            definition = CancelDefinition()
    return replace(definition, id=rest.attribute("id"), foreign=rest.foreign(), attributes=rest.attributes)


def read_timer(rest: Unread) -> TimerDefinition:
    """A timer; of several forms the first is the timer, the others stay foreign for ``check`` to find."""
    for kind in TimerKind:
        found = rest.child(kind)
        if found is not None:
            text = text_of(found)
            return TimerDefinition(kind, feel(text) if text else None)
    return TimerDefinition(None, None)


def read_job(rest: Unread) -> Job | None:
    """``zeebe:taskDefinition`` and ``zeebe:taskHeaders``; headers without a definition stay foreign."""
    definition = rest.extension("taskDefinition")
    if definition is None:
        return None
    headers = rest.extension("taskHeaders")
    priority = next(((tag, found) for tag in PRIORITIES if (found := rest.extension(tag)) is not None), None)
    return Job(
        type=feel(definition.get("type", "")),
        retries=feel_or_number(definition.get("retries", "3")),
        headers={child.get("key", ""): child.get("value", "") for child in headers} if headers is not None else {},
        priority=feel_or_number(priority[1].get("priority", "")) or None if priority else None,
        priority_tag=priority[0] if priority else PRIORITIES[0],
    )


def read_listeners(rest: Unread, kind: str) -> tuple[Listener, ...]:
    """``zeebe:executionListeners`` or ``zeebe:taskListeners``, in order."""
    found = rest.extension(f"{kind}Listeners", holding=f"{kind}Listener")
    if found is None:
        return ()
    return tuple(
        Listener(child.get("eventType", ""), feel(child.get("type", "")), feel_or_number(child.get("retries", "3")))
        for child in found
        if local(child) == f"{kind}Listener"
    )


def read_decision(rest: Unread) -> CalledDecision | None:
    """``zeebe:calledDecision``."""
    found = rest.extension("calledDecision")
    if found is None:
        return None
    return CalledDecision(
        decision=feel(found.get("decisionId", "")),
        result=found.get("resultVariable", ""),
        binding=found.get("bindingType", "latest"),
        version_tag=found.get("versionTag"),
    )


def read_script(rest: Unread) -> Script | None:
    """``zeebe:script``."""
    found = rest.extension("script")
    if found is None:
        return None
    return Script(expression=feel(found.get("expression", "")), result=found.get("resultVariable", ""))


def read_human(rest: Unread) -> HumanWork | None:
    """The extensions of a user task; ``None`` where it has none."""
    names = ("userTask", "assignmentDefinition", "formDefinition", "taskSchedule", "priorityDefinition")
    found = {name: rest.extension(name) for name in names}
    listeners = read_listeners(rest, "task")
    if all(element is None for element in found.values()) and not listeners:
        return None

    def value(extension: str, name: str) -> str | None:
        element = found[extension]
        return (element.get(name) or None) if element is not None else None

    def dynamic(extension: str, name: str, convert: Callable[[str], str] = feel) -> str | None:
        text = value(extension, name)
        return convert(text) if text else None

    return HumanWork(
        assignee=dynamic("assignmentDefinition", "assignee"),
        candidate_groups=dynamic("assignmentDefinition", "candidateGroups", name_lists),
        candidate_users=dynamic("assignmentDefinition", "candidateUsers", name_lists),
        form_id=value("formDefinition", "formId"),
        form_key=value("formDefinition", "formKey"),
        external_form=value("formDefinition", "externalReference"),
        due=dynamic("taskSchedule", "dueDate"),
        follow_up=dynamic("taskSchedule", "followUpDate"),
        priority=dynamic("priorityDefinition", "priority", feel_or_number),
        native=found["userTask"] is not None,
        listeners=listeners,
        form_binding=value("formDefinition", "bindingType") or "latest",
        form_version_tag=value("formDefinition", "versionTag"),
    )


def read_properties(rest: Unread) -> dict[str, str]:
    """``zeebe:properties`` as a mapping."""
    found = rest.extension("properties")
    if found is None:
        return {}
    return {child.get("name", ""): child.get("value", "") for child in found}

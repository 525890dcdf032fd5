"""Writing flow nodes with their extensions: the counterpart of ``read_nodes``, function by function.

Rule kept: what equals a default is not written. Standard: BPMN 2.0.2 section 10; ``zeebe:`` extensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lxml import etree

from zaizao.bpmn.model import (
    Activity,
    Attributes,
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
    HumanWork,
    Job,
    LinkDefinition,
    Listener,
    MessageDefinition,
    MultiInstance,
    SequenceFlow,
    SignalDefinition,
    StandardLoop,
    SubProcess,
    SubProcessKind,
    Task,
    TerminateDefinition,
    TimerDefinition,
)
from zaizao.bpmn.xml import ZEEBE, literal, ordered, printable, unprefixed, zeebe_number, zeebe_value
from zaizao.bpmn.xml_parts import Parts

_SUB_PROCESS_TAGS = {SubProcessKind.TRANSACTION: "transaction", SubProcessKind.AD_HOC: "adHocSubProcess"}
_DEFINITION_TAGS: Mapping[type[EventDefinition], tuple[str, str]] = {
    MessageDefinition: ("messageEventDefinition", "message"),
    TimerDefinition: ("timerEventDefinition", ""),
    ErrorDefinition: ("errorEventDefinition", "error"),
    EscalationDefinition: ("escalationEventDefinition", "escalation"),
    SignalDefinition: ("signalEventDefinition", "signal"),
    ConditionalDefinition: ("conditionalEventDefinition", ""),
    LinkDefinition: ("linkEventDefinition", ""),
    CompensationDefinition: ("compensateEventDefinition", ""),
    TerminateDefinition: ("terminateEventDefinition", ""),
    CancelDefinition: ("cancelEventDefinition", ""),
}


def children_of(flows: Iterable[SequenceFlow]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The ids of incoming and of outgoing flows by node."""
    incoming: dict[str, list[str]] = {}
    outgoing: dict[str, list[str]] = {}
    for flow in flows:
        outgoing.setdefault(flow.source, []).append(flow.id)
        incoming.setdefault(flow.target, []).append(flow.id)
    return incoming, outgoing


def common_parts(parts: Parts, properties: Attributes, foreign: Iterable[str]) -> None:
    """Properties and foreign parts."""
    if properties:
        holder = parts.extend("properties")
        for name, value in properties.items():
            holder.append(parts_child("property", name=name, value=value))
    parts.extend_foreign(foreign)


def parts_child(tag: str, /, **attributes: str) -> etree._Element:
    """A ``zeebe:`` element inside an extension."""
    given = {name: printable(value) for name, value in attributes.items()}
    return etree.Element(f"{{{ZEEBE}}}{tag}", given, nsmap={"zeebe": ZEEBE})


def node_element(parts: Parts, node: FlowNode, incoming: Sequence[str], outgoing: Sequence[str]) -> Parts:
    """Add the node; what a sub-process holds is added by the caller, who also closes it."""
    element = parts.add(_tag(node), id=node.id, name=node.name)
    inner = Parts(element)
    inner.document(node.documentation)
    match node:
        case Task():
            _task(inner, node)
        case CallActivity():
            _call(inner, node)
        case SubProcess():
            _sub_process(inner, node)
        case Gateway():
            _gateway(inner, node)
        case Event():
            _event(inner, node)
    if node.inputs or node.outputs:
        mapping = inner.extend("ioMapping")
        for tag, pairs in (("input", node.inputs), ("output", node.outputs)):
            mapping.extend(parts_child(tag, source=zeebe_value(pair.source), target=pair.target) for pair in pairs)
    listeners(inner, "execution", node.listeners)
    common_parts(inner, node.properties, node.foreign)
    for flow in incoming:
        inner.add("incoming").text = flow
    for flow in outgoing:
        inner.add("outgoing").text = flow
    if isinstance(node, Activity):
        _activity(inner, node)
    for name, value in ordered(node.attributes).items():
        element.set(name, value)
    return inner


def _tag(node: FlowNode) -> str:
    match node:
        case Task() | Gateway():
            return str(node.kind)
        case Event():
            return str(node.position)
        case SubProcess():
            return _SUB_PROCESS_TAGS.get(node.kind, "subProcess")
    return "callActivity"


def _activity(parts: Parts, node: Activity) -> None:
    if node.is_for_compensation:
        parts.element.set("isForCompensation", "true")
    if node.default:
        parts.element.set("default", node.default)
    match node.loop:
        case MultiInstance():
            _multi_instance(parts, node.loop)
        case StandardLoop():
            _standard_loop(parts, node.loop)


def _multi_instance(parts: Parts, loop: MultiInstance) -> None:
    inner = Parts(parts.add("multiInstanceLoopCharacteristics", **ordered(loop.attributes)))
    if loop.sequential:
        inner.element.set("isSequential", "true")
    if loop.collection:
        inner.extend(
            "loopCharacteristics",
            inputCollection=zeebe_value(loop.collection),
            inputElement=loop.element,
            outputCollection=loop.output_collection,
            outputElement=None if loop.output_element is None else zeebe_value(loop.output_element),
        )
    inner.extend_foreign(loop.foreign)
    if loop.cardinality is not None:
        inner.expression("loopCardinality", loop.cardinality)
    if loop.completion is not None:
        inner.expression("completionCondition", loop.completion)
    inner.close()


def _standard_loop(parts: Parts, loop: StandardLoop) -> None:
    inner = Parts(parts.add("standardLoopCharacteristics", **ordered(loop.attributes)))
    if loop.test_before:
        inner.element.set("testBefore", "true")
    if loop.maximum is not None:
        inner.element.set("loopMaximum", str(loop.maximum))
    inner.extend_foreign(loop.foreign)
    if loop.condition is not None:
        inner.expression("loopCondition", loop.condition)
    inner.close()


def _task(parts: Parts, task: Task) -> None:
    if task.message:
        parts.element.set("messageRef", task.message)
    if task.instantiate:
        parts.element.set("instantiate", "true")
    if task.job is not None:
        _job(parts, task.job)
    if task.decision is not None:
        _decision(parts, task.decision)
    if task.script is not None:
        parts.extend("script", expression=zeebe_value(task.script.expression), resultVariable=task.script.result)
    if task.human is not None:
        _human(parts, task.human)
    if task.code is not None:
        parts.add("script").text = printable(task.code)


def _job(parts: Parts, job: Job) -> None:
    parts.extend("taskDefinition", type=zeebe_value(job.type), retries=zeebe_number(job.retries))
    if job.headers:
        holder = parts.extend("taskHeaders")
        holder.extend(parts_child("header", key=key, value=value) for key, value in job.headers.items())
    if job.priority is not None:
        parts.extend(job.priority_tag, priority=zeebe_number(job.priority))


def listeners(parts: Parts, kind: str, given: Iterable[Listener]) -> None:
    """``zeebe:executionListeners`` or ``zeebe:taskListeners``."""
    children = [
        parts_child(
            f"{kind}Listener", eventType=item.event, type=zeebe_value(item.type), retries=zeebe_number(item.retries)
        )
        for item in given
    ]
    if children:
        parts.extend(f"{kind}Listeners").extend(children)


def _decision(parts: Parts, called: CalledDecision) -> None:
    parts.extend(
        "calledDecision",
        decisionId=zeebe_value(called.decision),
        resultVariable=called.result,
        bindingType=_other_than(called.binding, "latest"),
        versionTag=called.version_tag,
    )


def _human(parts: Parts, human: HumanWork) -> None:
    if human.native:
        parts.extend("userTask")
    assignment = (human.assignee, human.candidate_groups, human.candidate_users)
    if any(assignment):
        names = ("assignee", "candidateGroups", "candidateUsers")
        given = {name: zeebe_value(value) for name, value in zip(names, assignment, strict=True) if value}
        parts.extend("assignmentDefinition", **given)
    if human.form_id or human.form_key or human.external_form:
        parts.extend(
            "formDefinition",
            formId=human.form_id,
            formKey=human.form_key,
            externalReference=human.external_form,
            bindingType=_other_than(human.form_binding, "latest"),
            versionTag=human.form_version_tag,
        )
    if human.due or human.follow_up:
        dates = {"dueDate": human.due, "followUpDate": human.follow_up}
        parts.extend("taskSchedule", **{name: zeebe_value(value) for name, value in dates.items() if value})
    if human.priority:
        parts.extend("priorityDefinition", priority=zeebe_number(human.priority))
    listeners(parts, "task", human.listeners)


def _call(parts: Parts, call: CallActivity) -> None:
    called = call.called
    stated = call.attributes.get("calledElement")  # the standard's own attribute says the same
    if called is None or (stated and called == CalledElement(literal(unprefixed(stated)))):
        return
    parts.extend(
        "calledElement",
        processId=zeebe_value(called.process),
        propagateAllChildVariables=str(called.propagate_all_child).lower(),
        propagateAllParentVariables=None if called.propagate_all_parent else "false",
        bindingType=_other_than(called.binding, "latest"),
        versionTag=called.version_tag,
    )


def _sub_process(parts: Parts, scope: SubProcess) -> None:
    if scope.kind is SubProcessKind.EVENT:
        parts.element.set("triggeredByEvent", "true")
    if scope.kind is not SubProcessKind.AD_HOC:
        return
    if not scope.parallel:
        parts.element.set("ordering", "Sequential")
    if not scope.cancel_remaining:
        parts.element.set("cancelRemainingInstances", "false")
    if scope.completion is not None:
        parts.expression("completionCondition", scope.completion)
    if scope.active_elements or scope.output_collection or scope.output_element:
        parts.extend(
            "adHoc",
            activeElementsCollection=None if scope.active_elements is None else zeebe_value(scope.active_elements),
            outputCollection=scope.output_collection,
            outputElement=None if scope.output_element is None else zeebe_value(scope.output_element),
        )


def _gateway(parts: Parts, gateway: Gateway) -> None:
    if gateway.default:
        parts.element.set("default", gateway.default)
    if gateway.instantiate:
        parts.element.set("instantiate", "true")
    if gateway.activation is not None:
        parts.expression("activationCondition", gateway.activation)


def _event(parts: Parts, event: Event) -> None:
    if event.attached_to:
        parts.element.set("attachedToRef", event.attached_to)
    if not event.interrupting:
        parts.element.set("cancelActivity" if event.position is EventPosition.BOUNDARY else "isInterrupting", "false")
    if event.parallel_multiple:
        parts.element.set("parallelMultiple", "true")
    if event.job is not None:
        _job(parts, event.job)
    for definition in event.definitions:
        _definition(parts, definition)


def _definition(parts: Parts, definition: EventDefinition) -> None:
    tag, referred = _DEFINITION_TAGS[type(definition)]
    inner = Parts(parts.add(tag, **ordered(definition.attributes)))
    if definition.id:
        inner.element.set("id", definition.id)
    reference = getattr(definition, referred) if referred else None
    if reference:
        inner.element.set(f"{referred}Ref", reference)
    match definition:
        case TimerDefinition(kind, text):
            if kind is not None:
                inner.value(kind, zeebe_value(text) if text else "")
        case ConditionalDefinition(condition):
            if condition is not None:
                inner.expression("condition", condition)
        case LinkDefinition(name):
            inner.element.set("name", name)
        case CompensationDefinition(activity, wait):
            if activity:
                inner.element.set("activityRef", activity)
            if not wait:
                inner.element.set("waitForCompletion", "false")
    inner.extend_foreign(definition.foreign)
    inner.close()


def _other_than(value: str, default: str) -> str | None:
    return None if value == default else value

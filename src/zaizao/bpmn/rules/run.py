"""Rules of running: what the engine needs beyond the notation, in the ``zeebe:`` dialect.

Rule kept: codes begin with ``run.``; a model that breaks only these is a good drawing, not yet a program.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from zaizao.bpmn.rules.sheet import (
    CATCHING,
    GATEWAYS,
    NODES,
    Fault,
    Sheet,
    child,
    children,
    extension,
    is_event_scope,
    is_true,
    kinds_of,
)
from zaizao.bpmn.xml import local


def something_runs(sheet: Sheet) -> Iterator[Fault]:
    """An executable process can be started."""
    for process in sheet.all("process"):
        begins = any(
            local(node) == "startEvent" or node not in sheet.incoming
            for node in children(process, *(NODES - {"boundaryEvent"}))
            if not is_true(node, "isForCompensation") and not is_event_scope(node)
        )
        if is_true(process, "isExecutable") and not begins:
            yield process, "run.no-start"


def tasks_say_what_to_do(sheet: Sheet) -> Iterator[Fault]:
    """Jobs have a type, scripts are FEEL, rules name a decision, calls a process."""
    for task in sheet.all("serviceTask", "sendTask"):
        if extension(task, "taskDefinition") is None and sheet.refer(task, "messageRef") is None:
            yield task, "run.no-job"
    for task in sheet.all("scriptTask"):
        if extension(task, "script") is None and extension(task, "taskDefinition") is None:
            yield task, "run.script" if child(task, "script") is not None else "run.no-script"
    for task in sheet.all("businessRuleTask"):
        if extension(task, "calledDecision") is None and extension(task, "taskDefinition") is None:
            yield task, "run.no-decision"
    for call in sheet.all("callActivity"):
        if extension(call, "calledElement") is None and not call.get("calledElement"):
            yield call, "run.no-called"


def messages_find_their_instance(sheet: Sheet) -> Iterator[Fault]:
    """A message that is awaited has a name and, inside an instance, a correlation key."""
    waiting: list[tuple[etree._Element, etree._Element]] = [(task, task) for task in sheet.all("receiveTask")]
    for definition in sheet.all("messageEventDefinition"):
        event = definition.getparent()
        if event is None or not local(event).endswith("Event"):
            continue
        waiting += [(event, definition)] if local(event) in CATCHING else []
        message = sheet.refer(definition, "messageRef")
        if message is not None and message.get("itemRef") and child(definition, "operationRef") is None:
            yield event, "run.operation"
        if local(event) not in CATCHING and extension(event, "taskDefinition") is None and message is None:
            yield event, "run.no-job"
    for node, holder in waiting:
        message = sheet.refer(holder, "messageRef")
        scope = node.getparent()
        begins = is_true(node, "instantiate") or (local(node) == "startEvent" and scope is not None)
        top = begins and scope is not None and local(scope) == "process"
        if message is None or not message.get("name"):
            yield node, "run.no-message"
        elif not top and extension(message, "subscription") is None:
            yield node, "run.no-correlation"


def decisions_are_complete(sheet: Sheet) -> Iterator[Fault]:
    """Each way on from a deciding gateway has a condition or is the default."""
    for gateway in sheet.all("exclusiveGateway", "inclusiveGateway"):
        leaving = sheet.outgoing.get(gateway, [])
        if len(leaving) < 2:
            continue
        for flow in leaving:
            if child(flow, "conditionExpression") is None and flow.get("id") != gateway.get("default"):
                yield flow, "run.no-condition"


def quantities_are_counts(sheet: Sheet) -> Iterator[Fault]:
    """An activity takes and gives at least one token."""
    for node in sheet.nodes():
        for name in ("startQuantity", "completionQuantity"):
            count = node.get(name, "1")
            if not count.isdecimal() or int(count) < 1:
                yield node, "run.quantity"
                break


_TASK_EVENTS = frozenset({"creating", "assigning", "updating", "completing", "canceling"})


def listeners_have_their_moment(sheet: Sheet) -> Iterator[Fault]:
    """A listener has a job type, and its event can happen where it stands."""
    for element in sheet.elements:
        for kind in ("executionListener", "taskListener"):
            group = extension(element, f"{kind}s")
            for listener in group if group is not None else ():
                if local(listener) != kind:
                    continue
                event = listener.get("eventType", "")
                if listener.get("type", "").strip() in ("", '=""'):
                    yield element, "run.no-job"
                elif event not in _TASK_EVENTS if kind == "taskListener" else not _can_listen(element, event):
                    yield element, "run.no-listener"


def _can_listen(element: etree._Element, event: str) -> bool:
    """Whether an execution listener of ``event`` has a moment on ``element``: see ``engine.executable``."""
    tag = local(element)
    if event == "start":
        return tag not in ("startEvent", "boundaryEvent") and not is_event_scope(element)
    leaves = {"error", "terminate", "cancel", "link"} & set(kinds_of(element))
    return event == "end" and tag not in GATEWAYS and not leaves


DOUBTS = frozenset({"run.no-correlation"})
"""What runs, but seldom as meant."""

RULES = (
    something_runs,
    tasks_say_what_to_do,
    messages_find_their_instance,
    decisions_are_complete,
    quantities_are_counts,
    listeners_have_their_moment,
)

"""Rules of scopes and sequence flows: what may be connected with what (BPMN 7.6, 8.3.13, 10.2, 10.3, 10.6)."""

from __future__ import annotations

from collections.abc import Iterator

from zaizao.bpmn.rules.sheet import (
    ACTIVITIES,
    EVENTS,
    GATEWAYS,
    NODES,
    SUB_PROCESSES,
    Fault,
    Sheet,
    child,
    children,
    definitions_of,
    is_event_scope,
    is_true,
    kinds_of,
)
from zaizao.bpmn.xml import local, text_of, unprefixed

_CHOREOGRAPHY = frozenset({"callChoreography", "choreographyTask", "subChoreography"})
_WAITING = frozenset({"message", "timer", "signal", "conditional"})


def flows_have_ends(sheet: Sheet) -> Iterator[Fault]:
    """A flow leads from a node to a node of the same scope."""
    for flow in sheet.all("sequenceFlow"):
        source, target = sheet.refer(flow, "sourceRef"), sheet.refer(flow, "targetRef")
        if source is None or target is None or local(source) not in NODES or local(target) not in NODES:
            yield flow, "flow.loose-end"
        elif source.getparent() is not target.getparent() or flow.getparent() is not source.getparent():
            yield flow, "flow.crosses-scope"


def nodes_are_connected(sheet: Sheet) -> Iterator[Fault]:
    """In a scope with a start (end) event, every node is entered (left)."""
    for scope in (*sheet.all("process"), *sheet.all("subProcess", "transaction")):
        nodes = [node for node in scope if isinstance(node.tag, str) and local(node) in NODES]
        starts, ends = children(scope, "startEvent"), children(scope, "endEvent")
        if starts and not ends and nodes:
            yield scope, "scope.no-end"
        if ends and not starts and not any(is_true(node, "instantiate") for node in nodes):
            yield scope, "scope.no-start"
        for node in nodes:
            tag = local(node)
            if is_event_scope(node) or is_true(node, "isForCompensation") or tag == "boundaryEvent":
                continue
            links = "link" in kinds_of(node)
            may_begin = tag == "startEvent" or is_true(node, "instantiate") or (links and "Catch" in tag)
            if starts and not sheet.incoming.get(node) and not may_begin:
                yield node, "node.not-entered"
            if ends and not sheet.outgoing.get(node) and tag != "endEvent" and not (links and "Throw" in tag):
                yield node, "node.not-left"


def events_begin_and_end(sheet: Sheet) -> Iterator[Fault]:
    """Nothing enters a start event or a boundary event, nothing leaves an end event."""
    for event in sheet.all("startEvent"):
        if sheet.incoming.get(event):
            yield event, "start.entered"
        if not sheet.outgoing.get(event):
            yield event, "start.not-left"
    for event in sheet.all("endEvent"):
        if sheet.outgoing.get(event):
            yield event, "end.left"
    for event in sheet.all("boundaryEvent"):
        if sheet.incoming.get(event):
            yield event, "boundary.entered"
        leaves = bool(sheet.outgoing.get(event))
        if leaves == ("compensate" in kinds_of(event)):
            yield event, "boundary.compensation-flow" if leaves else "boundary.not-left"


def intermediate_events_are_passed(sheet: Sheet) -> Iterator[Fault]:
    """An intermediate event is entered and left, but for the two halves of a link."""
    for event in sheet.all("intermediateThrowEvent", "intermediateCatchEvent"):
        link, throws = "link" in kinds_of(event), local(event) == "intermediateThrowEvent"
        if link and sheet.incoming.get(event) and not throws:
            yield event, "link.catch-entered"
        if link and sheet.outgoing.get(event) and throws:
            yield event, "link.throw-left"
        if not sheet.incoming.get(event) and not (link and not throws):
            yield event, "node.not-entered"
        if not sheet.outgoing.get(event) and not (link and throws):
            yield event, "node.not-left"


def conditions_have_an_alternative(sheet: Sheet) -> Iterator[Fault]:
    """Conditions stand where something decides, and a default leaves its own node."""
    for flow in sheet.all("sequenceFlow"):
        source = sheet.refer(flow, "sourceRef")
        if flow.get("isImmediate") is not None and _executable(sheet):
            yield flow, "flow.immediate"
        if source is None or child(flow, "conditionExpression") is None:
            continue
        if local(source) in EVENTS or local(source) == "eventBasedGateway":
            yield flow, "flow.condition-misplaced"
        elif local(source) in ACTIVITIES and len(sheet.outgoing[source]) < 2:
            yield flow, "flow.condition-alone"
    for node in sheet.nodes():
        if default := unprefixed(node.get("default", "")):
            leaving = [flow.get("id") for flow in sheet.outgoing.get(node, ())]
            if default not in leaving:
                yield node, "node.default-elsewhere"


def gateways_split_and_join(sheet: Sheet) -> Iterator[Fault]:
    """A gateway leads on, and its stated direction is the one it has."""
    for gateway in sheet.all(*sorted(GATEWAYS)):
        entering, leaving = len(sheet.incoming.get(gateway, ())), len(sheet.outgoing.get(gateway, ()))
        stated = gateway.get("gatewayDirection", "Unspecified")
        wrong = {
            "Converging": leaving > 1 or entering < 2,
            "Diverging": entering > 1 or leaving < 2,
            "Mixed": entering < 2 or leaving < 2,
        }.get(stated, False)
        if wrong:
            yield gateway, "gateway.direction"
        if not leaving:
            yield gateway, "gateway.dead-end"


def event_gateways_wait(sheet: Sheet) -> Iterator[Fault]:
    """An event-based gateway leads to two or more events or receive tasks that only it enters."""
    for gateway in sheet.all("eventBasedGateway"):
        targets = [target for flow in sheet.outgoing.get(gateway, ()) if (target := sheet.target(flow)) is not None]
        if len(targets) < 2:
            yield gateway, "event-gateway.few"
        receives = [target for target in targets if local(target) == "receiveTask"]
        for target in targets:
            kinds = kinds_of(target)
            waits = local(target) == "intermediateCatchEvent" and kinds and set(kinds) <= _WAITING
            if not waits and local(target) != "receiveTask":
                yield target, "event-gateway.target"
            if len(sheet.incoming.get(target, ())) > 1:
                yield target, "event-gateway.shared"
            if local(target) == "receiveTask" and sheet.boundary.get(target):
                yield target, "event-gateway.boundary"
            if receives and "message" in kinds:
                yield gateway, "event-gateway.mixed"


def event_sub_processes_start_themselves(sheet: Sheet) -> Iterator[Fault]:
    """No flow enters or leaves an event sub-process; it has exactly one start event."""
    for scope in filter(is_event_scope, sheet.all("subProcess")):
        if sheet.incoming.get(scope) or sheet.outgoing.get(scope):
            yield scope, "event-scope.flow"
        if len(children(scope, "startEvent")) != 1:
            yield scope, "event-scope.starts"


def ad_hoc_scopes_are_free(sheet: Sheet) -> Iterator[Fault]:
    """An ad-hoc sub-process holds activities, without start and end events."""
    for scope in sheet.all("adHocSubProcess"):
        for event in children(scope, "startEvent", "endEvent"):
            yield event, "ad-hoc.event"


def loops_are_one(sheet: Sheet) -> Iterator[Fault]:
    """An activity has one loop, which says how often it runs."""
    for node in sheet.nodes():
        loops = children(node, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
        if len(loops) > 1:
            yield node, "loop.two"
    for loop in sheet.all("multiInstanceLoopCharacteristics"):
        zeebe = any(local(item) == "loopCharacteristics" for item in loop.iter() if isinstance(item.tag, str))
        if not zeebe and child(loop, "loopCardinality") is None and child(loop, "loopDataInputRef") is None:
            yield loop, "loop.no-count"


def transactions_and_choreographies(sheet: Sheet) -> Iterator[Fault]:
    """A transaction's method is a URI; choreographies do not stand in processes."""
    for scope in sheet.all("transaction"):
        method = scope.get("method", "")
        if method and not method.startswith("##") and (":" not in method or any(c in method for c in ' <>"{}|\\^`')):
            yield scope, "transaction.method"
    for element in sheet.all(*sorted(_CHOREOGRAPHY)):
        parent = element.getparent()
        if parent is not None and local(parent) in SUB_PROCESSES | {"process"}:
            yield element, "scope.choreography"


def receivers_that_begin(sheet: Sheet) -> Iterator[Fault]:
    """A receive task that starts its process is not entered."""
    for task in sheet.all("receiveTask"):
        if is_true(task, "instantiate") and sheet.incoming.get(task):
            yield task, "receive.entered"


def compensation_handlers_stand_apart(sheet: Sheet) -> Iterator[Fault]:
    """A compensation event points at an activity marked for compensation, outside the flow."""
    for node in sheet.nodes():
        if is_true(node, "isForCompensation") and (sheet.incoming.get(node) or sheet.outgoing.get(node)):
            yield node, "compensation.in-flow"
    for link in sheet.all("association"):
        source, target = sheet.refer(link, "sourceRef"), sheet.refer(link, "targetRef")
        if source is None or target is None or local(source) != "boundaryEvent" or local(target) not in ACTIVITIES:
            continue
        if "compensate" in kinds_of(source) and not is_true(target, "isForCompensation"):
            yield target, "compensation.unmarked"


def public_processes_do_not_run(sheet: Sheet) -> Iterator[Fault]:
    """A public process describes; it is not executable."""
    for process in sheet.all("process"):
        if process.get("processType") == "Public" and is_true(process, "isExecutable"):
            yield process, "process.public"


def calls_can_start(sheet: Sheet) -> Iterator[Fault]:
    """A called process of the same file has a start event that needs no trigger."""
    for call in sheet.all("callActivity"):
        called = sheet.refer(call, "calledElement")
        if called is None or local(called) != "process":
            continue
        starts = children(called, "startEvent")
        if starts and not any(not definitions_of(start) for start in starts):
            yield call, "call.no-none-start"


def _executable(sheet: Sheet) -> bool:
    return any(is_true(process, "isExecutable") for process in sheet.all("process"))


def annotations_have_formats(sheet: Sheet) -> Iterator[Fault]:
    """A text format is a MIME type."""
    for element in sheet.all("documentation", "textAnnotation"):
        stated = element.get("textFormat", "text/plain")
        kind, slash, rest = stated.partition("/")
        if not (slash and kind and rest):
            yield element, "text.format"


def boolean_conditions_are_boolean(sheet: Sheet) -> Iterator[Fault]:
    """A condition is not a bare number."""
    for element in sheet.all("completionCondition", "condition", "conditionExpression", "loopCondition"):
        text = text_of(element).removeprefix("=").strip()
        if local(element) == "condition" and not text:
            yield element, "condition.empty"
        if text.replace(".", "", 1).isdigit():
            yield element, "condition.number"


RULES = (
    flows_have_ends,
    nodes_are_connected,
    events_begin_and_end,
    intermediate_events_are_passed,
    conditions_have_an_alternative,
    gateways_split_and_join,
    event_gateways_wait,
    event_sub_processes_start_themselves,
    ad_hoc_scopes_are_free,
    loops_are_one,
    transactions_and_choreographies,
    receivers_that_begin,
    compensation_handlers_stand_apart,
    public_processes_do_not_run,
    calls_can_start,
    annotations_have_formats,
    boolean_conditions_are_boolean,
)

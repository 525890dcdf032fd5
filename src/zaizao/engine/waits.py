"""Events that wait: arming, triggering, disarming timers, messages, signals and conditions.

Rule kept: every wait hangs on the live element on whose behalf it waits (the catching element itself, the activity
with a boundary event, the event-based gateway, or the scope of an event sub-process) and is disarmed, on the record,
when that element ends; so no timer or subscription outlives its reason. A trigger is used once.
BPMN 2.0.2 sections 10.5.4 to 10.5.6 and 13.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

from zaizao.bpmn import TimerKind
from zaizao.calendars import WorkCalendar
from zaizao.engine import records as r, timers
from zaizao.engine.errors import EngineError
from zaizao.engine.executable import Node, Role, Trigger, TriggerKind
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import Variables, WaitKind
from zaizao.engine.state import Element, Wait

if TYPE_CHECKING:
    from zaizao.engine.step import Step


def arm(step: Step, element: Element, event: Node) -> None:
    """Let ``element`` wait for every definition of ``event``; raises ``ExpressionFailed``."""
    for place, trigger in enumerate(event.triggers):
        match trigger.kind:
            case TriggerKind.TIMER:
                _arm_timer(step, element, event, place, trigger)
            case TriggerKind.MESSAGE:
                _subscribe(step, element, event, place, trigger, WaitKind.MESSAGE)
            case TriggerKind.SIGNAL:
                _subscribe(step, element, event, place, trigger, WaitKind.SIGNAL)
            case TriggerKind.CONDITION:
                number = step.case.following
                step.emit(r.Subscribed(number, element.id, event.index, place, WaitKind.CONDITION, ""))


def timer_due(
    trigger: Trigger, value: object, now: int, zone: tzinfo, calendar: WorkCalendar | None = None
) -> timers.Due | None:
    """When a timer whose expression gave ``value`` fires; raises ``ExpressionFailed``."""
    if not isinstance(value, str):
        raise ExpressionFailed(f"a timer needs ISO 8601 text, not {value!r:.40}")
    try:
        if trigger.timer is TimerKind.DATE:
            return timers.on_date(value, zone, calendar)
        if trigger.timer is TimerKind.DURATION:
            return timers.on_duration(value, now, zone, calendar)
        return timers.on_cycle(value, now, zone, calendar)
    except EngineError as error:
        raise ExpressionFailed(str(error)) from error


def _arm_timer(step: Step, element: Element, event: Node, place: int, trigger: Trigger) -> None:
    value = trigger.expression.evaluate(step.case, element.id) if trigger.expression else None
    due = timer_due(trigger, value, step.now, step.around.zone, calendar_of(step, event))
    if due is not None:
        number = step.case.following
        step.emit(r.TimerArmed(number, element.id, event.index, place, due.at, due.remaining, due.cycle))


def calendar_of(step: Step, node: Node) -> WorkCalendar | None:
    """The working calendar that ``node`` names in its property ``calendar``."""
    return calendar_named(node, step.around.calendars)


def calendar_named(node: Node, calendars: Mapping[str, WorkCalendar]) -> WorkCalendar | None:
    """The working calendar that ``node`` names, among ``calendars``; raises ``ExpressionFailed``."""
    name = node.source.properties.get("calendar") if node.source is not None else None
    if name is None:
        return None
    calendar = calendars.get(name)
    if calendar is None:
        raise ExpressionFailed(f"{node.id}: there is no calendar {name!r}")
    return calendar


def _subscribe(step: Step, element: Element, event: Node, place: int, trigger: Trigger, kind: WaitKind) -> None:
    name = trigger.name.evaluate(step.case, element.id) if trigger.name else None
    if not isinstance(name, str) or not name:
        raise ExpressionFailed(f"the {kind} of {event.id} has no name")
    key = ""
    if trigger.key is not None:
        value = trigger.key.evaluate(step.case, element.id)
        if value is None or isinstance(value, dict | list | bool):
            raise ExpressionFailed(f"correlation key {trigger.key.text!r} gave {value!r:.40}")
        key = str(value)
    step.emit(r.Subscribed(step.case.following, element.id, event.index, place, kind, name, key))


def disarm(step: Step, element: Element) -> None:
    """Cancel every wait of ``element``."""
    for number in list(element.waits or ()):
        step.emit(r.WaitCanceled(number, element.id))


def look_at_conditions(step: Step, only: Element | None = None) -> bool:
    """Trigger conditions that turned true, of the whole case or of one element; whether any did."""
    case = step.case
    if not step.process.conditional:
        return False
    fired = False
    for element in [only] if only else list(case.elements.values()):
        for wait in list((element.waits or {}).values()):
            if wait.kind is not WaitKind.CONDITION or element.id not in case.elements:
                continue
            if wait.id not in (element.waits or {}):
                continue
            truth = _truth(step, element, wait)
            if truth != bool(wait.remaining):
                step.emit(r.ConditionSeen(wait.id, element.id, truth))
                if truth:
                    fire(step, element, wait, {})
                    fired = True
    return fired


def _truth(step: Step, element: Element, wait: Wait) -> bool:
    expression = step.nodes[wait.node].triggers[wait.definition].expression
    if expression is None:
        return False
    try:
        return expression.truth(step.case, element.id)
    except ExpressionFailed:
        return False  # a variable that is not there yet: the condition is simply not true


def fire(step: Step, element: Element, wait: Wait, variables: Variables) -> None:
    """What ``wait`` of ``element`` waited for has come."""
    event = step.nodes[wait.node]
    again = _spend(step, element, wait, event)
    match event.role:
        case Role.OWN:
            _own(step, element, event, variables, again)
        case Role.CHOICE:
            scope = element.scope
            disarm(step, element)
            step.emit(r.ElementCompleted(element.id))
            occur(step, event, scope, variables)
        case Role.BOUNDARY:
            scope = element.scope
            if event.interrupting:
                step.terminate(element.id)
            occur(step, event, scope, variables)
        case _:
            start_event_sub_process(step, element, event, variables)


def _spend(step: Step, element: Element, wait: Wait, event: Node) -> bool:
    """Use the trigger up; whether it stays armed."""
    lasting = not event.interrupting if event.role in (Role.BOUNDARY, Role.EVENT_START) else event.role is Role.OWN
    if wait.kind is WaitKind.TIMER:
        following = None
        if wait.remaining and lasting:
            following = timers.next_of(wait.cycle, wait.due, step.around.zone, calendar_of(step, event))
        if following is not None:
            left = wait.remaining - 1 if wait.remaining > 0 else wait.remaining
            step.emit(r.TimerRearmed(wait.id, element.id, following, left))
            return True
        step.emit(r.WaitTriggered(wait.id, element.id))
        return False
    keep = lasting and event.role is not Role.OWN
    step.emit(r.WaitTriggered(wait.id, element.id, keep))
    return keep


def _own(step: Step, element: Element, event: Node, variables: Variables, again: bool) -> None:
    if again:  # an intermediate timer cycle: one token per firing, the last one takes the event with it
        if variables:
            step.propagate(element.id, variables)
        step.leave(element.scope, step.chosen(element, event))
        return
    if event.parallel_multiple and element.waits:
        if variables:
            step.propagate(element.id, variables)
        return
    disarm(step, element)
    step.complete(element, variables)


def occur(step: Step, event: Node, scope: int, variables: Variables | None = None) -> None:
    """An event happens: it is entered and left at once, with what it brings."""
    number = step.case.following
    own = variables if variables and event.outputs else None
    step.emit(r.ElementActivated(number, event.index, scope, -1, own))
    step.complete(step.case.elements[number], None if own else variables)


def start_event_sub_process(step: Step, scope: Element, start: Node, variables: Variables | None = None) -> None:
    """Run the event sub-process of ``start`` in ``scope``; an interrupting one first ends all else there."""
    if start.interrupting:
        step.clear(scope.id)
        for number, wait in list((scope.waits or {}).items()):
            if step.nodes[wait.node].role is Role.EVENT_START:
                step.emit(r.WaitCanceled(number, scope.id))
    number = step.case.following
    sub_process = step.nodes[start.parent]
    step.emit(r.ElementActivated(number, sub_process.index, scope.id))
    inner = step.case.elements[number]
    if step.arm_around(inner):
        occur(step, start, number, variables)

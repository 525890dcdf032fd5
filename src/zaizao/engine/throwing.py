"""Throwing: messages, signals, errors and escalations on their way to who catches them.

Rule kept: an error or escalation goes up scope by scope to the nearest catcher: the boundary events of the activity,
then the event sub-processes of its scope, then further out, across call activities; a catcher of the very code goes
before one of all codes. An error that nobody catches is an incident where it was thrown. A signal reaches whoever
waits at the moment when no other token of the case can move. BPMN 2.0.2 sections 10.5.6, 10.5.7 and 13.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zaizao.engine import records as r
from zaizao.engine.executable import Node, Trigger, TriggerKind
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind, Variables, WaitKind
from zaizao.engine.state import Element, variables_of
from zaizao.engine.waits import fire, occur, start_event_sub_process

if TYPE_CHECKING:
    from zaizao.engine.step import Step


class Catcher(NamedTuple):
    """Event ``event`` catches on behalf of ``element``: its host, or the scope of an event sub-process."""

    element: Element
    event: Node
    boundary: bool


def find(step: Step, element: Element, kind: TriggerKind, code: str | None) -> Catcher | None:
    """The nearest catcher of ``code``, from ``element`` upwards."""
    here = element
    while True:
        node = step.nodes[here.node]
        if not step.in_loop(here):
            event = _matching(step, node.boundaries, kind, code)
            if event is not None:
                return Catcher(here, event, True)
        if here.id == 0:
            return None
        came_from = here
        here = step.case.elements[here.scope]
        if here.loop is not None or step.nodes[came_from.node].kind == "event":
            continue
        event = _matching(step, step.nodes[here.node].event_starts, kind, code)
        if event is not None and not step.interrupted(here.id):
            return Catcher(here, event, False)


def _matching(step: Step, events: tuple[int, ...], kind: TriggerKind, code: str | None) -> Node | None:
    general = None
    for index in events:
        for trigger in step.nodes[index].triggers:
            if trigger.kind is kind and trigger.code == code and code is not None:
                return step.nodes[index]
            if trigger.kind is kind and trigger.code is None:
                general = general or step.nodes[index]
    return general


def caught_codes(step: Step, element: Element, kind: TriggerKind) -> tuple[str | None, ...]:
    """Every code that is caught from ``element`` upwards, its ancestors' callers included."""
    codes: dict[str | None, None] = {}
    here = element
    while True:
        node = step.nodes[here.node]
        events = (*node.boundaries, *(node.event_starts if here is not element else ()))
        for index in events:
            codes.update({trigger.code: None for trigger in step.nodes[index].triggers if trigger.kind is kind})
        if here.id == 0:
            break
        here = step.case.elements[here.scope]
    parent = step.case.parent
    if parent is not None:
        codes.update(dict.fromkeys(parent.errors if kind is TriggerKind.ERROR else parent.escalations))
    return tuple(codes)


def is_caught(step: Step, element: Element, code: str) -> bool:
    """Whether anyone, here or in a calling case, catches error ``code`` of ``element``."""
    parent = step.case.parent
    outside = parent is not None and (code in parent.errors or None in parent.errors)
    return outside or find(step, element, TriggerKind.ERROR, code) is not None


def throw_error(
    step: Step, element: Element, code: str | None, message: str = "", variables: Variables | None = None
) -> None:
    """``element`` ends with error ``code``."""
    step.emit(r.ErrorThrown(element.id, code or "", message))
    catcher = find(step, element, TriggerKind.ERROR, code)
    parent = step.case.parent
    if catcher is not None:
        _catch(step, catcher, variables)
    elif parent is not None and (code in parent.errors or None in parent.errors):
        step.terminate(0)
        step.emit(r.ErrorEscaped(code or "", message))
        step.emit(r.CaseTerminated(f"error {code}"))
    else:
        words = f"nobody catches error {code!r}" + (f": {message}" if message else "")
        step.stop(element, IncidentKind.ERROR, words)


def throw_escalation(step: Step, element: Element, code: str | None) -> None:
    """``element`` raises escalation ``code``; what catches it may end ``element``."""
    step.emit(r.EscalationThrown(element.id, code or ""))
    catcher = find(step, element, TriggerKind.ESCALATION, code)
    parent = step.case.parent
    if catcher is not None:
        _catch(step, catcher, None)
    elif parent is not None and (code in parent.escalations or None in parent.escalations):
        step.emit(r.EscalationEscaped(code or ""))


def _catch(step: Step, catcher: Catcher, variables: Variables | None) -> None:
    if not catcher.boundary:
        start_event_sub_process(step, catcher.element, catcher.event, variables)
        return
    scope = catcher.element.scope
    if catcher.event.interrupting:
        step.terminate(catcher.element.id)
    occur(step, catcher.event, scope, variables)


def throw_message(step: Step, element: Element, trigger: Trigger) -> bool:
    """Send the message of ``trigger``; ``False`` (and an incident) where its name or key has no value."""
    try:
        name = trigger.name.evaluate(step.case, element.id) if trigger.name else None
        key = trigger.key.evaluate(step.case, element.id) if trigger.key else ""
        if not isinstance(name, str) or not name:
            raise ExpressionFailed("the message has no name")
        if key is None or isinstance(key, dict | list | bool):
            raise ExpressionFailed(f"the message's correlation key gave {key!r:.40}")
    except ExpressionFailed as failure:
        step.stop(element, IncidentKind.EXPRESSION, str(failure))
        return False
    step.emit(r.MessageThrown(element.id, name, str(key), variables_of(step.case, element.id)))
    return True


def throw_signal(step: Step, element: Element, trigger: Trigger) -> bool:
    """Broadcast the signal of ``trigger``: to the own case at once, to others through the runtime."""
    name = trigger.name.evaluate(step.case, element.id) if trigger.name else None
    if not isinstance(name, str) or not name:
        step.stop(element, IncidentKind.EXPRESSION, "the signal has no name")
        return False
    variables = variables_of(step.case, element.id)
    step.emit(r.SignalThrown(element.id, name, variables))
    for listener in list(step.case.elements.values()):
        for wait in list((listener.waits or {}).values()):
            alive = listener.id in step.case.elements and wait.id in (listener.waits or {})
            if alive and wait.kind is WaitKind.SIGNAL and wait.name == name:
                fire(step, listener, wait, {})
    return True


def undone(step: Step, element: Element, node: Node) -> None:
    """All that ``element`` wanted undone is undone: a throwing event goes on, a transaction ends as canceled."""
    if node.kind != "transaction":
        step.complete(element)
        return
    scope = element.scope
    boundary = next(
        (
            step.nodes[index]
            for index in node.boundaries
            if any(trigger.kind is TriggerKind.CANCEL for trigger in step.nodes[index].triggers)
        ),
        None,
    )
    step.terminate(element.id)
    if boundary is not None:
        occur(step, boundary, scope)
    else:
        step.quiet.append(scope)

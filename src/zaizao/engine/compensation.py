"""Compensation: what was done is remembered with its data, and undone in reverse order.

Rule kept: an activity that completed and has a handler is remembered in its scope together with a snapshot of the
variables that it saw locally; a scope that completes hands its memory up, so that throwing further out undoes it too.
A scope with a handler of its own keeps its inner memory for that handler. Undoing runs one handler after the other,
last first, as children of the element that threw. BPMN 2.0.2 sections 10.7 and 13.5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import records as r
from zaizao.engine.executable import Node, Trigger, TriggerKind
from zaizao.engine.records import Compensable, Variables
from zaizao.engine.state import Element
from zaizao.engine.waits import occur

if TYPE_CHECKING:
    from zaizao.engine.step import Step


def own_handler(step: Step, node: Node) -> int:
    """The compensation event sub-process inside ``node`` (its start event's index), or -1."""
    for index in node.event_starts:
        if any(trigger.kind is TriggerKind.COMPENSATION for trigger in step.nodes[index].triggers):
            return index
    return -1


def remember(step: Step, element: Element, node: Node) -> None:
    """``element`` completes: its scope remembers how to undo it."""
    if element.id == 0 or node.for_compensation:
        return
    here = dict(element.variables or {})
    body = step.case.elements[element.scope].loop is not None
    if body:
        here = {**(step.case.elements[element.scope].variables or {}), **here}
    inner = tuple(element.kept or ())
    handler = node.handler if node.handler >= 0 else own_handler(step, node)
    if handler >= 0 and element.loop is None:
        entries: tuple[Compensable, ...] = (Compensable(node.index, handler, here, (), inner),)
    else:
        entries = tuple(
            Compensable(e.node, e.handler, {**here, **e.snapshot}, (*e.owners, node.index), e.nested) for e in inner
        )
    if entries:
        step.emit(r.CompensationKept(element.scope, entries))


def throw(step: Step, element: Element, trigger: Trigger) -> None:
    """Undo what ``trigger`` names, or everything that the scope remembers, on behalf of ``element``."""
    scope = _scope_with_memory(step, element)
    wanted = step.process.by_id.get(trigger.activity, -1) if trigger.activity else -1
    undo(step, element, scope, wanted)


def _scope_with_memory(step: Step, element: Element) -> Element:
    """The scope of ``element``; for one inside an event sub-process, also the scope around that."""
    elements = step.case.elements
    scope = elements[element.scope]
    while step.nodes[scope.node].kind == "event" and not scope.kept:
        scope = elements[scope.scope]
    return scope


def undo(step: Step, element: Element, scope: Element, wanted: int = -1) -> None:
    """Start undoing what ``scope`` remembers (only of node ``wanted``, unless -1)."""
    picks = tuple(
        place for place, entry in enumerate(scope.kept or ()) if wanted in (-1, entry.node) or wanted in entry.owners
    )
    step.emit(r.CompensationStarted(element.id, scope.id, picks))
    advance(step, element)


def advance(step: Step, element: Element) -> bool:
    """Start the next handler; ``False`` where nothing is left to undo."""
    if not element.undoing:
        return False
    entry = element.undoing[-1]
    step.emit(r.CompensationAdvanced(element.id))
    _run(step, element, entry)
    return True


def _run(step: Step, element: Element, entry: Compensable) -> None:
    handler = step.nodes[entry.handler]
    snapshot: Variables = dict(entry.snapshot)
    if handler.kind != "startEvent":
        step.enter(handler, element.id, own=snapshot or None)
        return
    number = step.case.following
    step.emit(r.ElementActivated(number, handler.parent, element.id, -1, snapshot or None))
    if entry.nested:
        step.emit(r.CompensationKept(number, entry.nested))
    occur(step, handler, number)

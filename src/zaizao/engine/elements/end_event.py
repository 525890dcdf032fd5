"""End event: a token is consumed, and something is thrown (BPMN 2.0.2 section 10.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import compensation
from zaizao.engine.elements.behaviour import behaviour
from zaizao.engine.elements.throw_event import ThrowEvent
from zaizao.engine.executable import TriggerKind

if TYPE_CHECKING:
    from zaizao.engine.executable import Node, Trigger
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("endEvent")
class EndEvent(ThrowEvent):
    """A terminate event ends its own scope only; a cancel event undoes and leaves the transaction."""

    def throw_one(self, step: Step, element: Element, node: Node, trigger: Trigger) -> bool:
        match trigger.kind:
            case TriggerKind.TERMINATE:
                scope = element.scope
                step.end(element, node)
                step.clear(scope)
                step.quiet.append(scope)
                return False
            case TriggerKind.CANCEL:
                self.cancel(step, element)
                return False
        return super().throw_one(step, element, node, trigger)

    def cancel(self, step: Step, element: Element) -> None:
        """End all that runs in the transaction, undo what it did; it leaves through its cancel event."""
        transaction = step.case.elements[element.scope]
        while transaction.id and step.nodes[transaction.node].kind != "transaction":
            transaction = step.case.elements[transaction.scope]
        step.clear(transaction.id)
        compensation.undo(step, transaction, transaction)
        if not transaction.children:
            step.quiet.append(transaction.id)

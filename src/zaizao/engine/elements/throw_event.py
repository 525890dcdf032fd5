# ruff: noqa: ARG002  (the signatures are the contract's)
"""Intermediate throw event (BPMN 2.0.2 section 10.5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import compensation
from zaizao.engine.elements.behaviour import Behaviour, behaviour, create_job
from zaizao.engine.executable import TriggerKind
from zaizao.engine.throwing import throw_error, throw_escalation, throw_message, throw_signal, undone

if TYPE_CHECKING:
    from zaizao.engine.executable import Node, Trigger
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("intermediateThrowEvent")
class ThrowEvent(Behaviour):
    """Throws all that it defines, then goes on, if what it threw has not ended it."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.job_type is not None:
            create_job(step, element, node)
        elif any(trigger.kind is TriggerKind.SIGNAL for trigger in node.triggers):
            step.deferred.append(element.id)
        else:
            self.throw(step, element, node)

    def throw(self, step: Step, element: Element, node: Node) -> None:
        """Throw, and leave unless something has to be waited for."""
        for trigger in node.triggers:
            goes_on = self.throw_one(step, element, node, trigger)
            if not goes_on or element.id not in step.case.elements:
                return
        self.leave(step, element, node)

    def throw_one(self, step: Step, element: Element, node: Node, trigger: Trigger) -> bool:
        """Throw one definition; whether the event goes on by itself."""
        match trigger.kind:
            case TriggerKind.MESSAGE:
                return throw_message(step, element, trigger)
            case TriggerKind.SIGNAL:
                return throw_signal(step, element, trigger)
            case TriggerKind.ESCALATION:
                throw_escalation(step, element, trigger.code)
            case TriggerKind.ERROR:
                throw_error(step, element, trigger.code)
                return False
            case TriggerKind.COMPENSATION:
                compensation.throw(step, element, trigger)
                if not element.undoing and not element.children:
                    undone(step, element, node)
                return False
            case TriggerKind.LINK:
                self.jump(step, element, node, trigger)
                return False
        return True

    def leave(self, step: Step, element: Element, node: Node) -> None:
        """All is thrown."""
        step.complete(element)

    def jump(self, step: Step, element: Element, node: Node, trigger: Trigger) -> None:
        """Go on at the catching link of the same name."""
        scope = element.scope
        step.end(element, node)
        for other in step.nodes:
            if other.parent == node.parent and other.kind == "intermediateCatchEvent":
                for link in other.triggers:
                    if link.kind is TriggerKind.LINK and link.label == trigger.label:
                        step.activate(other, scope)
                        return
        step.quiet.append(scope)

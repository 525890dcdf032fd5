"""Intermediate catch event: waits for what it names (BPMN 2.0.2 section 10.5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.executable import TriggerKind
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.waits import arm, look_at_conditions

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("intermediateCatchEvent")
class CatchEvent(Behaviour):
    """A link or an event without definition is passed at once; a condition that already holds too."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if not node.triggers or node.triggers[0].kind is TriggerKind.LINK:
            step.complete(element)
            return
        try:
            arm(step, element, node)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        if not element.waits:  # a cycle that never fires
            step.complete(element)
            return
        look_at_conditions(step, element)

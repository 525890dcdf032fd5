"""Receive task: waits for a message (BPMN 2.0.2 section 10.3.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.waits import arm

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("receiveTask")
class ReceiveTask(Behaviour):
    """Where it starts the process, the message has come already."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if not node.triggers:
            step.complete(element)
            return
        try:
            arm(step, element, node)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))

"""Exclusive gateway: one way out; a join passes every token through (BPMN 2.0.2 section 10.6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("exclusiveGateway")
class ExclusiveGateway(Behaviour):
    """The first flow, in the order of the model, whose condition holds; else the default; else an incident."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.only >= 0 or not node.outgoing:
            step.complete(element)
            return
        try:
            chosen = self.chosen(step, element, node)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.CONDITION, str(failure))
            return
        scope = element.scope
        step.end(element, node)
        step.leave(scope, (chosen,))

    def chosen(self, step: Step, element: Element, node: Node) -> int:
        """The index of the flow to take."""
        for index in node.outgoing:
            if index == node.default:
                continue
            condition = step.process.flows[index].condition
            if condition is None or condition.truth(step.case, element.id):
                return index
        if node.default >= 0:
            return node.default
        raise ExpressionFailed(f"no condition holds on the flows out of {node.id}")

"""Inclusive gateway: every way whose condition holds; the join waits for all that may come (BPMN 2.0.2 section 10.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour, fire_join
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("inclusiveGateway")
class InclusiveGateway(Behaviour):
    """Splits like an exclusive gateway that takes every true flow. Joins by table 13.3, when no token moves."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.only >= 0 or not node.outgoing:
            step.complete(element)
            return
        try:
            flows = self.chosen(step, element, node)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.CONDITION, str(failure))
            return
        scope = element.scope
        step.end(element, node)
        step.leave(scope, flows)

    def chosen(self, step: Step, element: Element, node: Node) -> tuple[int, ...]:
        """Every flow whose condition holds, else the default."""
        flows = step.process.flows
        taken = []
        for index in node.outgoing:
            condition = flows[index].condition
            if index == node.default:
                continue
            if condition is None or condition.truth(step.case, element.id):
                taken.append(index)
        if not taken:
            if node.default < 0:
                raise ExpressionFailed(f"no condition holds on the flows out of {node.id}")
            taken.append(node.default)
        return tuple(taken)

    def arrived(self, step: Step, scope: int, node: Node) -> None:
        """Judged only when no token moves."""

    def judged(self, step: Step, scope: Element, node: Node) -> bool:
        tokens = (scope.joins or {})[node.index].tokens
        if not tokens:
            return False
        filled = sum(1 << place for place, flow in enumerate(node.incoming) if flow in tokens)
        empty = (1 << len(node.incoming)) - 1 & ~filled
        if empty and self.awaited(step, scope, node, filled, empty):
            return False
        return self.forced(step, scope, node)

    def awaited(self, step: Step, scope: Element, node: Node, filled: int, empty: int) -> bool:
        """Whether some other token of the scope can reach an empty flow but no filled one."""
        reaches = node.reaches
        places = [child.node for child in step.case.elements.values() if child.scope == scope.id]
        places += [index for index, join in (scope.joins or {}).items() if join.tokens and index != node.index]
        for place in places:
            reach = reaches.get(place, 0)
            if reach & empty and not reach & filled:
                return True
        return False

    def forced(self, step: Step, scope: Element, node: Node) -> bool:
        tokens = (scope.joins or {})[node.index].tokens
        if not tokens:
            return False
        fire_join(step, scope.id, node, tuple(flow for flow in node.incoming if flow in tokens))
        return True

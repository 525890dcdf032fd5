"""Complex gateway: fires on its own condition, then absorbs what still comes (BPMN 2.0.2 section 10.6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import records as r
from zaizao.engine.elements.behaviour import behaviour
from zaizao.engine.elements.inclusive_gateway import InclusiveGateway
from zaizao.engine.expressions import ExpressionFailed

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("complexGateway")
class ComplexGateway(InclusiveGateway):
    """Splits like an inclusive gateway. Without an activation condition it also joins like one.

    With one, the condition sees ``activationCount`` (tokens waiting). Once it fired, the gateway waits for reset: it
    takes the late tokens away until, by the rule of the inclusive join, none can come any more.
    """

    def arrived(self, step: Step, scope: int, node: Node) -> None:
        join = (step.case.elements[scope].joins or {})[node.index]
        if join.reset or node.expression is None:
            return
        try:
            ready = node.expression.truth(step.case, scope, {"activationCount": len(join.tokens)})
        except ExpressionFailed:
            return
        if ready:
            taken = tuple(flow for flow in node.incoming if flow in join.tokens)
            step.emit(r.JoinFired(scope, node.index, taken, reset=True))
            step.activate(node, scope, taken[-1])

    def judged(self, step: Step, scope: Element, node: Node) -> bool:
        join = (scope.joins or {})[node.index]
        if node.expression is None:
            return super().judged(step, scope, node)
        if not join.reset:
            return False
        here = (*join.fired, *join.tokens)
        filled = sum(1 << place for place, flow in enumerate(node.incoming) if flow in here)
        empty = (1 << len(node.incoming)) - 1 & ~filled
        if empty and self.awaited(step, scope, node, 0, empty):
            return False
        step.emit(r.JoinFired(scope.id, node.index, tuple(join.tokens)))
        return True

    def forced(self, step: Step, scope: Element, node: Node) -> bool:
        return node.expression is None and super().forced(step, scope, node)

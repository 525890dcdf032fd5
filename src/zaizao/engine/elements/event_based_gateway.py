"""Event-based gateway: the first event decides (BPMN 2.0.2 section 10.6.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.waits import arm, look_at_conditions

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("eventBasedGateway")
class EventBasedGateway(Behaviour):
    """The gateway itself waits for all its events; the events are entered only when they happen."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        try:
            for flow in node.outgoing:
                arm(step, element, step.nodes[step.process.flows[flow].target])
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        look_at_conditions(step, element)

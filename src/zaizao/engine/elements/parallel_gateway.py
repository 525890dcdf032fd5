"""Parallel gateway: all ways in, all ways out (BPMN 2.0.2 section 10.6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour, fire_join

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("parallelGateway")
class ParallelGateway(Behaviour):
    """Fires on one token from each incoming flow and consumes only those; further tokens stay for the next round."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        scope = element.scope
        step.end(element, node)
        step.leave(scope, node.outgoing)

    def arrived(self, step: Step, scope: int, node: Node) -> None:
        tokens = (step.case.elements[scope].joins or {})[node.index].tokens
        if len(tokens) >= len(node.incoming) and set(node.incoming) <= set(tokens):
            fire_join(step, scope, node, node.incoming)

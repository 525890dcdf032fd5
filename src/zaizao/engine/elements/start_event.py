# ruff: noqa: ARG002  (the signatures are the contract's)
"""Start event: a scope begins here; it is left at once (BPMN 2.0.2 section 10.5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("startEvent")
class StartEvent(Behaviour):
    """Whatever triggered it has happened by the time it is entered."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        step.complete(element)

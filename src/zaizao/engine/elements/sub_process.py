# ruff: noqa: ARG002  (the signatures are the contract's)
"""Embedded sub-process: a scope inside a scope (BPMN 2.0.2 section 10.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("embedded")
class SubProcess(Behaviour):
    """Begins at its start event, or at every node without an incoming flow; completes when nothing lives in it."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        for index in node.starts or node.free:
            step.activate(step.nodes[index], element.id)
        step.quiet.append(element.id)

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        step.complete(element)

# ruff: noqa: ARG002  (the signatures are the contract's)
"""Event sub-process: started by its event, inside the scope that holds it (BPMN 2.0.2 section 10.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("event")
class EventSubProcess(Behaviour):
    """Entered only through its start event (``waits.start_event_sub_process``)."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        raise AssertionError(f"event sub-process {node.id} was entered without its event")

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        step.complete(element)

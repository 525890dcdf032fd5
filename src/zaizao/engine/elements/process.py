"""The process itself: element 0 of every case (BPMN 2.0.2 chapter 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import records as r
from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.listening import END, begin_next
from zaizao.engine.waits import disarm

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("process")
class ProcessRoot(Behaviour):
    """Completes, and the case with it, when nothing lives in it."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        starts = [index for index in node.starts if not step.nodes[index].triggers]
        entries = starts[:1] or node.starts[:1] or node.free
        for index in entries:
            step.activate(step.nodes[index], element.id)
        step.quiet.append(element.id)

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        disarm(step, element)
        if not begin_next(step, element, END, node.listeners.get(END, ())):
            step.emit(r.CaseCompleted())

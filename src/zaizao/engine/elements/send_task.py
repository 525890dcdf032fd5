"""Send task: a job, or a message to whoever waits for it (BPMN 2.0.2 section 10.3.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour, create_job
from zaizao.engine.throwing import throw_message

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("sendTask")
class SendTask(Behaviour):
    """Where the model names a worker, the worker sends."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.job_type is not None:
            create_job(step, element, node)
        elif not node.triggers or throw_message(step, element, node.triggers[0]):
            step.complete(element)

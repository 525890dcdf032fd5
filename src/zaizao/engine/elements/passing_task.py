"""Undefined and manual tasks: the engine has no part in them (BPMN 2.0.2 sections 10.3.3.1 and 10.3.3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour, create_job

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("task", "manualTask")
class PassingTask(Behaviour):
    """Passed at once, unless the model gives it to a worker."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.job_type is not None:
            create_job(step, element, node)
        else:
            step.complete(element)

"""Service task: a job for a worker (BPMN 2.0.2 section 10.3.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour, create_job

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("serviceTask")
class ServiceTask(Behaviour):
    """Waits for the job to be completed, failed or ended with an error."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        create_job(step, element, node)

"""Script task: a FEEL expression, or a job where the model names a worker (BPMN 2.0.2 section 10.3.3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import Behaviour, behaviour, create_job
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("scriptTask")
class ScriptTask(Behaviour):
    """Evaluates and is left at once."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.job_type is not None:
            create_job(step, element, node)
            return
        if node.expression is None:
            step.complete(element)
            return
        try:
            value = node.expression.evaluate(step.case, element.id)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        step.complete(element, {node.result: value} if node.result else None)

"""Business rule task: asks a decision (BPMN 2.0.2 section 10.3.3.5, DMN 1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.bpmn import Task
from zaizao.engine import records as r
from zaizao.engine.elements.behaviour import Behaviour, behaviour, create_job
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.state import variables_of

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("businessRuleTask")
class BusinessRuleTask(Behaviour):
    """The decision sees all variables; its output goes to the result variable. A failure is an incident."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        if node.job_type is not None:
            create_job(step, element, node)
            return
        try:
            name = node.expression.evaluate(step.case, element.id) if node.expression else None
            if not isinstance(name, str):
                raise ExpressionFailed(f"{node.id} names no decision")
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        source = node.source
        bound = isinstance(source, Task) and source.decision is not None and source.decision.binding == "deployment"
        with_whom = (step.process.key,) if bound else ()
        answer = step.around.decide(name, variables_of(step.case, element.id), *with_whom)
        step.emit(r.DecisionEvaluated(element.id, name, answer.version, answer.output, answer.failure))
        if answer.steps:
            traced = (element.id, answer.failure, answer.steps, answer.root, answer.requirements)
            step.emit(r.DecisionTraced(*traced))
        if answer.failure:
            step.stop(element, IncidentKind.DECISION, answer.failure)
            return
        step.complete(element, {node.result: answer.output} if node.result else None)

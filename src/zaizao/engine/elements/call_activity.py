"""Call activity: another process runs as a case of its own (BPMN 2.0.2 section 10.3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.bpmn import CallActivity as Model
from zaizao.engine import records as r
from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.executable import TriggerKind
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.state import variables_of
from zaizao.engine.throwing import caught_codes

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("callActivity")
class CallActivity(Behaviour):
    """Asks the runtime for the case and says which errors and escalations of it are caught here or further out."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        assert isinstance(node.source, Model)
        called = node.source.called
        try:
            process = node.expression.evaluate(step.case, element.id) if node.expression else None
            if not isinstance(process, str) or called is None:
                raise ExpressionFailed(f"{node.id} names no process")
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        everything = called.propagate_all_parent
        variables = variables_of(step.case, element.id) if everything else dict(element.variables or {})
        errors = caught_codes(step, element, TriggerKind.ERROR)
        escalations = caught_codes(step, element, TriggerKind.ESCALATION)
        step.emit(
            r.ChildRequested(element.id, process, variables, errors, escalations, called.binding, called.version_tag)
        )

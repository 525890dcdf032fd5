"""Ad-hoc sub-process: its activities run as asked, until its condition holds (BPMN 2.0.2 section 10.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.bpmn import SubProcess as Model
from zaizao.engine import records as r
from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("adHoc")
class AdHocSubProcess(Behaviour):
    """Begins with the activities that its model lists, or with all that have no incoming flow.

    In a sequential one only one activity lives at a time. Without a completion condition it ends when nothing lives
    in it; with one, it ends as soon as the condition holds after an activity, and otherwise stays open for more. The
    output element of each piece of work is collected in the order in which the work ended.
    """

    def activate(self, step: Step, element: Element, node: Node) -> None:
        try:
            begin = self.listed(step, element, node)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        assert isinstance(node.source, Model)
        if node.collects:
            step.emit(r.VariablesSet(element.id, {node.collects: []}))
        if not node.source.parallel:
            begin = begin[:1]
        for index in begin:
            step.emit(r.Advanced(element.id))
            step.activate(step.nodes[index], element.id)
        step.quiet.append(element.id)

    def listed(self, step: Step, element: Element, node: Node) -> tuple[int, ...]:
        """The node indices to begin with, in order."""
        expression = node.people.get("active")
        if expression is None:
            return node.starts or node.free
        names = expression.evaluate(step.case, element.id)
        known = step.process.by_id
        if not isinstance(names, list) or not all(name in known for name in names):
            raise ExpressionFailed(f"{node.id}: the active elements {names!r:.60} are not all elements")
        return tuple(known[name] for name in names)

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        assert isinstance(node.source, Model)
        try:
            done = node.expression is not None and node.expression.truth(step.case, element.id)
            listed = self.listed(step, element, node)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        if done and (node.source.cancel_remaining or not element.children):
            step.clear(element.id)
            self.leave(step, element, node)
        elif element.children:
            return
        elif not node.source.parallel and element.progress < len(listed) and not done:
            index = listed[element.progress]
            step.emit(r.Advanced(element.id))
            step.activate(step.nodes[index], element.id)
            step.quiet.append(element.id)
        elif node.expression is None or done:
            self.leave(step, element, node)

    @staticmethod
    def leave(step: Step, element: Element, node: Node) -> None:
        """Complete, with what was collected."""
        collected = {node.collects: (element.variables or {}).get(node.collects)} if node.collects else None
        if collected is not None and element.scope >= 0:
            step.propagate(element.scope, collected)
        step.complete(element)

    def collect(self, step: Step, scope: Element, node: Node) -> None:
        try:
            value = node.output.evaluate(step.case, scope.id) if node.output else None
        except ExpressionFailed:
            value = None  # what is not there is collected as null, like a missing variable
        kept = (scope.variables or {}).get(node.collects) or []
        step.changed = True
        step.emit(r.VariablesSet(scope.id, {node.collects: [*kept, value]}))

    def retry(self, step: Step, element: Element, node: Node) -> None:
        if element.progress:
            step.quiet.append(element.id)
        else:
            self.activate(step, element, node)

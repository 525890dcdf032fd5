"""Loops: multi-instance and standard loop activities (BPMN 2.0.2 sections 10.3.7 and 10.3.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zaizao.engine import records as r
from zaizao.engine.elements.behaviour import LOOP, Behaviour, behaviour
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind, Variables
from zaizao.engine.state import Loop
from zaizao.engine.waits import disarm, occur

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour(LOOP)
class LoopBody(Behaviour):
    """The body holds one element a run. Boundary events hang on the body, mappings belong to each run.

    Outputs are collected by the position of the run, whatever order the runs end in. A standard loop tests its
    condition before each run, or after each run, and stops at its maximum.
    """

    def activate(self, step: Step, element: Element, node: Node) -> None:
        try:
            undisturbed = step.arm_around(element)
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        if undisturbed:
            self.begin(step, element, node)

    def retry(self, step: Step, element: Element, node: Node) -> None:
        if element.loop is None:
            disarm(step, element)
            self.activate(step, element, node)
        else:
            step.quiet.append(element.id)

    def begin(self, step: Step, body: Element, node: Node) -> None:
        """Find out how often to run, and run."""
        plan = node.loop
        assert plan is not None
        try:
            total, items = self.extent(step, body, node)
            ready = not plan.test_before or self.again(step, body, node, 0)
        except ExpressionFailed as failure:
            step.stop(body, IncidentKind.EXPRESSION, str(failure))
            return
        step.emit(r.LoopStarted(body.id, total, items))
        if plan.standard:
            if ready and plan.maximum != 0:
                self.iterate(step, body, node)
            else:
                self.finish(step, body, node)
            return
        runs = min(total, 1) if plan.sequential else total
        for _ in range(runs):
            self.iterate(step, body, node)
            if body.id not in step.case.elements:
                return
        if not total:
            self.finish(step, body, node)

    def extent(self, step: Step, body: Element, node: Node) -> tuple[int, list[Any] | None]:
        """How many runs, and over which items."""
        plan = node.loop
        assert plan is not None
        if plan.standard:
            return 0, None
        if plan.collection is not None:
            items = plan.collection.evaluate(step.case, body.id)
            if not isinstance(items, list):
                raise ExpressionFailed(f"{node.id}: the input collection gave {items!r:.40}, no list")
            return len(items), items
        count = plan.cardinality.evaluate(step.case, body.id) if plan.cardinality else None
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ExpressionFailed(f"{node.id}: the loop cardinality gave {count!r:.40}, no count")
        return count, None

    def again(self, step: Step, body: Element, node: Node, runs: int) -> bool:
        """Whether a standard loop runs once more after ``runs``."""
        plan = node.loop
        assert plan is not None
        if plan.maximum is not None and runs >= plan.maximum:
            return False
        if plan.condition is None:
            return plan.maximum is not None
        return plan.condition.truth(step.case, body.id, {"loopCounter": runs})

    def iterate(self, step: Step, body: Element, node: Node) -> None:
        """Begin the next run."""
        assert body.loop is not None
        index = body.loop.begun
        step.emit(r.LoopIterated(body.id))
        step.moves -= 1  # the items bound the loop: however many, it is no runaway
        step.enter(node, body.id, -1, index, self.own(body.loop, node, index))

    @staticmethod
    def own(loop: Loop, node: Node, index: int) -> Variables:
        """The variables of run ``index``: its item, its counter, and a place for its output."""
        plan = node.loop
        assert plan is not None
        own: Variables = {"loopCounter": index + 1}
        if plan.element and loop.items is not None:
            own[plan.element] = loop.items[index]
        if plan.output_element is not None:
            name = plan.output_element.root
            if name and name not in own:
                own[name] = None
        return own

    def announce(self, step: Step, body: Element, node: Node) -> None:
        """Raise, on the boundary of the activity, the event that marks the end of the first run or of each run."""
        plan, loop = node.loop, body.loop
        assert plan is not None and loop is not None
        raised = plan.announces
        if raised is None or (loop.begun > body.children and not plan.announces_each):
            return
        for index in node.boundaries:
            event = step.nodes[index]
            if any((t.kind, t.label, t.code) == (raised.kind, raised.label, raised.code) for t in event.triggers):
                occur(step, event, body.scope)

    def ending(self, step: Step, element: Element, node: Node) -> bool:
        """A run has done its work: collect its output; ``False`` where that fails."""
        plan = node.loop
        assert plan is not None
        self.announce(step, step.case.elements[element.scope], node)
        if plan.output_collection is None or plan.output_element is None:
            return True
        value = plan.output_element.evaluate(step.case, element.id)
        step.emit(r.LoopCollected(element.scope, element.index, value))
        return True

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        """A run ended."""
        plan, loop = node.loop, element.loop
        assert plan is not None and loop is not None
        try:
            if plan.standard:
                more = not element.children and self.again(step, element, node, loop.begun)
                enough = not more
            else:
                enough = self.enough(step, element, node)
                more = plan.sequential and loop.begun < loop.total and not element.children
        except ExpressionFailed as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        if enough and element.children:
            step.clear(element.id)
            self.finish(step, element, node)
        elif more and not enough:
            self.iterate(step, element, node)
        elif not element.children:
            self.finish(step, element, node)

    def enough(self, step: Step, body: Element, node: Node) -> bool:
        """Whether the completion condition holds."""
        plan, loop = node.loop, body.loop
        assert plan is not None and loop is not None
        if plan.condition is None:
            return False
        counts = {
            "numberOfInstances": loop.total,
            "numberOfActiveInstances": body.children,
            "numberOfCompletedInstances": loop.begun - body.children,
            "numberOfTerminatedInstances": 0,
        }
        return plan.condition.truth(step.case, body.id, counts)

    def finish(self, step: Step, body: Element, node: Node) -> None:
        """All runs ended: hand the collection on."""
        plan, loop = node.loop, body.loop
        assert plan is not None and loop is not None
        collected = None
        if plan.output_collection is not None:
            collected = {plan.output_collection: [loop.outputs.get(index) for index in range(loop.total)]}
        step.complete(body, collected)

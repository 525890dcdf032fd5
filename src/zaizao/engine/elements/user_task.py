"""User task: human work (BPMN 2.0.2 section 10.3.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from zaizao.bpmn import Task
from zaizao.engine import records as r, timers
from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.errors import EngineError
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.listening import ASSIGNING, CREATING
from zaizao.engine.records import IncidentKind
from zaizao.engine.task_changes import as_it_is, change
from zaizao.engine.waits import calendar_of

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("userTask")
class UserTask(Behaviour):
    """Who may do it, until when and with which form are evaluated once, when the task begins."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        try:
            event = self.described(step, element, node)
        except (ExpressionFailed, EngineError) as failure:
            step.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        first = [name for name in (CREATING, ASSIGNING) if name in node.listeners]
        if not first or (first == [ASSIGNING] and event.assignee is None):
            step.emit(event)
            return
        step.emit(msgspec.structs.replace(event, assignee=None))
        assert element.task is not None
        wanted = msgspec.structs.replace(as_it_is(element.task), assignee=event.assignee)
        change(step, element, first[0], wanted)

    def described(self, step: Step, element: Element, node: Node) -> r.TaskCreated:
        """The task as its expressions say."""
        assert isinstance(node.source, Task)
        human = node.source.human
        said = {name: expression.evaluate(step.case, element.id) for name, expression in node.people.items()}
        assignee = said.get("assignee")
        priority = said.get("priority")
        return r.TaskCreated(
            element.id,
            None if assignee in (None, "") else str(assignee),
            names(said.get("candidate_groups")),
            names(said.get("candidate_users")),
            self.time(step, node, said.get("due")),
            self.time(step, node, said.get("follow_up")),
            50 if priority is None else int(priority),
            (human.form_id or human.form_key or human.external_form or "") if human else "",
        )

    @staticmethod
    def time(step: Step, node: Node, value: Any) -> int:
        """A date as µs; a duration counts from now, on the calendar that the task names."""
        if value in (None, ""):
            return 0
        if not isinstance(value, str):
            raise ExpressionFailed(f"a due date needs ISO 8601 text, not {value!r:.40}")
        if value.startswith("P"):
            return timers.on_duration(value, step.now, step.around.zone, calendar_of(step, node)).at
        return timers.instant(value, step.around.zone)


def names(value: Any) -> tuple[str, ...]:
    """A list of names, or a text with commas."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    raise ExpressionFailed(f"candidates need a list of names, not {value!r:.40}")

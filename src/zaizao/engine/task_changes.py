"""How a user task changes when listeners have a say.

Rule kept: a change is wanted, then each of its listeners agrees, corrects or (assigning, updating, completing) denies
it, and only then it happens; while one change waits no other is taken. What one listener corrected the next one sees.
Without listeners a change happens at once. A task that is ended from outside first runs its canceling listeners: the
command that would end it is put off as a whole and carried out after them. Camunda 8 user task listeners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import records as r
from zaizao.engine.listening import ASSIGNING, CANCELING, COMPLETING, CREATING, begin_next
from zaizao.engine.records import Wanted
from zaizao.engine.state import Element, HumanTask

if TYPE_CHECKING:
    from zaizao.engine.step import Step


def as_it_is(task: HumanTask) -> Wanted:
    """The task's own attributes, as the start of a change."""
    return Wanted(task.assignee, task.groups, task.users, task.due, task.follow_up, task.priority)


def change(step: Step, element: Element, event: str, wanted: Wanted) -> None:
    """Let the task become what is ``wanted``, after the listeners of ``event``."""
    if step.nodes[element.node].listeners.get(event):
        step.emit(r.TaskChanging(element.id, event, wanted))
        go_on(step, element)
    else:
        happen(step, element, event, wanted)


def go_on(step: Step, element: Element) -> None:
    """Begin the next listener of the change that waits, or let the change happen."""
    task = element.task
    assert task is not None and task.wanted is not None
    event, wanted = task.changing, task.wanted
    if not begin_next(step, element, event, step.nodes[element.node].listeners.get(event, ())):
        step.emit(r.TaskChanged(element.id, event))
        happen(step, element, event, wanted)


def happen(step: Step, element: Element, event: str, wanted: Wanted) -> None:
    """The change itself: attributes first, then what the event is about."""
    task = element.task
    assert task is not None
    asked = (wanted.groups, wanted.users, wanted.due, wanted.follow_up, wanted.priority)
    if asked != (task.groups, task.users, task.due, task.follow_up, task.priority):
        step.emit(r.TaskUpdated(element.id, *asked))
    if event == CREATING and wanted.assignee is not None:
        change(step, element, ASSIGNING, wanted)
    elif event == COMPLETING:
        step.emit(r.TaskCompleted(element.id, wanted.assignee, wanted.action))
        step.complete(element, wanted.variables)
    elif event == CANCELING:
        pass  # the command that was put off ends it
    else:
        if wanted.assignee != task.assignee or event == ASSIGNING:
            step.emit(r.TaskAssigned(element.id, wanted.assignee))
        if wanted.variables and wanted.local:
            step.changed = True
            step.emit(r.VariablesSet(element.id, wanted.variables))
        elif wanted.variables:
            step.propagate(element.id, wanted.variables)


def must_be_told(step: Step, element: Element) -> bool:
    """Whether ``element`` is a task whose canceling listeners have not all run."""
    plans = step.nodes[element.node].listeners.get(CANCELING)
    if element.task is None or not plans:
        return False
    here = element.listening
    return here is None or here.event != CANCELING or here.job is not None or here.place + 1 < len(plans)

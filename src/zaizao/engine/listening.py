"""Listeners: jobs that run when an element starts or ends, or when a user task changes.

Rule kept: a listener blocks. Listeners of one event run one after the other in the order of the model, and only then
the element goes on. Start listeners run after the input mappings and before anything is armed; what they give is the
element's own. End listeners run after the output mappings; what they give goes to the scope. A listener's job has a
number of its own, so that a late answer to one listener never counts for the next. ``element.listening`` remembers
the last listener that began: what comes next follows from it, also after an incident. Camunda 8 execution listeners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import records as r
from zaizao.engine.executable import ListenerPlan
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.state import Element

if TYPE_CHECKING:
    from zaizao.engine.step import Step

START, END = "start", "end"
CREATING, ASSIGNING, UPDATING, COMPLETING, CANCELING = "creating", "assigning", "updating", "completing", "canceling"
TASK_EVENTS = (CREATING, ASSIGNING, UPDATING, COMPLETING, CANCELING)
DENIABLE = frozenset({ASSIGNING, UPDATING, COMPLETING})


def begin_next(
    step: Step, element: Element, event: str, plans: tuple[ListenerPlan, ...], resume: tuple[int, ...] = ()
) -> bool:
    """Begin the next listener of ``event``; ``False`` where all have run. ``resume`` is kept until they have."""
    here = element.listening
    place = here.place + 1 if here is not None and here.event == event else 0
    if place >= len(plans):
        return False
    try:
        kind, retries = job_of(step, element, plans[place])
    except ExpressionFailed as failure:
        step.stop(element, IncidentKind.EXPRESSION, str(failure))
        return True
    kept = here.resume if here is not None and here.event == event else resume
    step.emit(r.ListenerCreated(step.case.following, element.id, event, place, kind, retries, kept))
    return True


def job_of(step: Step, element: Element, plan: ListenerPlan) -> tuple[str, int]:
    """Job type and retries of a listener; raises ``ExpressionFailed``."""
    kind = plan.job_type.evaluate(step.case, element.id)
    retries = plan.retries.evaluate(step.case, element.id)
    if not isinstance(kind, str) or not kind:
        raise ExpressionFailed(f"listener type {plan.job_type.text!r} gave {kind!r:.40}")
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 1:
        raise ExpressionFailed(f"listener retries {plan.retries.text!r} gave {retries!r:.40}")
    return kind, retries

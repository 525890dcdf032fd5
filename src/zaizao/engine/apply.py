"""Appliers: the only code that changes a case.

Rule kept: one applier per event type; an applier never decides, reads no clock and asks no expression: what it needs
stands in the event. Live stepping and replay use the same appliers, so a replayed journal gives the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zaizao.engine import records as r
from zaizao.engine.lifecycle import ELEMENT, INCIDENT, JOB, SUBSCRIPTION, TASK, TIMER, Status
from zaizao.engine.state import Case, Element, HumanTask, Incident, Job, Join, Listening, Loop, Wait

_ACTIVATED = ELEMENT.after(Status.NONE, "activated")


def apply(case: Case, event: Any) -> Case:
    """``case`` after ``event``; the same object, changed."""
    APPLIERS[type(event)](case, event)
    return case


def replay(events: Iterable[Any], key: int) -> Case:
    """The case that ``events`` made, from nothing."""
    case = Case(key, 0)
    for event in events:
        if not isinstance(event, r.Rejection):
            apply(case, event)
    return case


def _nothing(_case: Case, _event: Any) -> None:
    """Effects and facts for the runtime, which leave the case as it is."""


def _case_created(case: Case, event: r.CaseCreated) -> None:
    case.process = event.process
    case.parent = event.parent
    case.business_id = event.business_id
    case.elements[0] = Element(0, 0, -1, _ACTIVATED, variables=dict(event.variables))


def _case_ended(case: Case, _event: r.CaseCompleted | r.CaseTerminated) -> None:
    case.ended = True


def _case_migrated(case: Case, event: r.CaseMigrated) -> None:
    case.process = event.process
    for element in case.elements.values():
        element.node = event.nodes[element.node]
        element.flow = event.flows.get(element.flow, -1)
        if element.waits:
            for wait in element.waits.values():
                wait.node = event.nodes[wait.node]
        if element.joins:
            element.joins = {event.nodes[node]: _moved_join(join, event) for node, join in element.joins.items()}
        if element.kept:
            element.kept = [_moved_memory(entry, event) for entry in element.kept]
        if element.undoing:
            element.undoing = [_moved_memory(entry, event) for entry in element.undoing]


def _moved_join(join: Join, event: r.CaseMigrated) -> Join:
    flows = event.flows
    return Join([flows[token] for token in join.tokens], join.reset, tuple(flows[token] for token in join.fired))


def _moved_memory(entry: r.Compensable, event: r.CaseMigrated) -> r.Compensable:
    nodes = event.nodes
    owners = tuple(nodes[owner] for owner in entry.owners)
    nested = tuple(_moved_memory(inner, event) for inner in entry.nested)
    return r.Compensable(nodes[entry.node], nodes[entry.handler], entry.snapshot, owners, nested)


def _element_entered(case: Case, event: r.ElementEntered) -> None:
    status = ELEMENT.after(Status.NONE, "entered")
    _place(case, Element(event.id, event.node, event.scope, status, event.flow, event.index))


def _element_activated(case: Case, event: r.ElementActivated) -> None:
    variables = None if event.variables is None else dict(event.variables)
    element = case.elements.get(event.id)
    if element is None:
        _place(case, Element(event.id, event.node, event.scope, _ACTIVATED, event.flow, event.index, variables))
        return
    element.status = ELEMENT.after(element.status, "activated")
    element.variables = variables


def _place(case: Case, element: Element) -> None:
    case.elements[element.id] = element
    case.elements[element.scope].children += 1
    if element.id >= case.following:
        case.following = element.id + 1


def _element_completing(case: Case, event: r.ElementCompleting) -> None:
    element = case.elements[event.id]
    element.status = ELEMENT.after(element.status, "completing")


def _element_completed(case: Case, event: r.ElementCompleted) -> None:
    element = case.elements.pop(event.id)
    ELEMENT.after(element.status, "completed")
    _removed(case, element)


def _element_terminated(case: Case, event: r.ElementTerminated) -> None:
    element = case.elements.pop(event.id)
    ELEMENT.after(element.status, "terminated")
    _removed(case, element)


def _removed(case: Case, element: Element) -> None:
    if element.id:
        case.elements[element.scope].children -= 1
    if element.joins is not None:
        case.joining -= 1


def _join(case: Case, scope: int, node: int) -> Join:
    here = case.elements[scope]
    if here.joins is None:
        here.joins = {}
        case.joining += 1
    return here.joins.setdefault(node, Join([]))


def _token_arrived(case: Case, event: r.TokenArrived) -> None:
    _join(case, event.scope, event.node).tokens.append(event.flow)


def _join_fired(case: Case, event: r.JoinFired) -> None:
    join = _join(case, event.scope, event.node)
    for flow in event.flows:
        join.tokens.remove(flow)
    join.reset = event.reset
    join.fired = event.flows if event.reset else ()
    if not join.tokens and not join.reset:
        joins = case.elements[event.scope].joins
        assert joins is not None
        del joins[event.node]
        if not joins:
            case.elements[event.scope].joins = None
            case.joining -= 1


def _variables_set(case: Case, event: r.VariablesSet) -> None:
    element = case.elements[event.id]
    if element.variables is None:
        element.variables = dict(event.variables)
    else:
        element.variables.update(event.variables)


def _job(case: Case, number: int) -> Job:
    element = case.elements[case.listeners.get(number, number)]
    if number not in case.listeners:
        job = element.job
    else:
        job = element.listening.job if element.listening is not None else None
    assert job is not None, f"there is no job {number}"
    return job


def _listener_created(case: Case, event: r.ListenerCreated) -> None:
    job = Job(event.job_type, event.retries, 0, JOB.after(Status.NONE, "created"))
    case.elements[event.element].listening = Listening(event.event, event.place, event.id, job, event.resume)
    case.listeners[event.id] = event.element
    case.following = max(case.following, event.id + 1)


def _job_created(case: Case, event: r.JobCreated) -> None:
    status = JOB.after(Status.NONE, "created")
    case.elements[event.id].job = Job(event.job_type, event.retries, event.priority, status)


def _job_ended(change: str) -> Callable[[Case, Any], None]:
    def ended(case: Case, event: Any) -> None:
        JOB.after(_job(case, event.id).status, change)
        listener = case.listeners.pop(event.id, None)
        if listener is None:
            case.elements[event.id].job = None
            return
        listening = case.elements[listener].listening
        assert listening is not None
        listening.job = None

    return ended


def _job_failed(case: Case, event: r.JobFailed) -> None:
    job = _job(case, event.id)
    job.status = JOB.after(job.status, "failed" if event.retries > 0 else "exhausted")
    job.retries = event.retries
    job.retry_at = event.retry_at


def _job_updated(case: Case, event: r.JobUpdated) -> None:
    job = _job(case, event.id)
    job.status = JOB.after(job.status, "updated")
    job.retries = event.retries
    job.priority = event.priority


def _job_retried(case: Case, event: r.JobRetried) -> None:
    job = _job(case, event.id)
    job.status = JOB.after(job.status, "retried")
    job.retry_at = 0


def _task_created(case: Case, event: r.TaskCreated) -> None:
    TASK.after(Status.NONE, "created")
    case.elements[event.id].task = HumanTask(
        event.assignee, event.groups, event.users, event.due, event.follow_up, event.priority, event.form
    )


def _task(case: Case, number: int, change: str) -> HumanTask:
    task = case.elements[number].task
    assert task is not None, f"element {number} has no task"
    TASK.after(Status.CHANGING if task.changing else Status.ACTIVE, change)
    return task


def _task_assigned(case: Case, event: r.TaskAssigned) -> None:
    _task(case, event.id, "assigned").assignee = event.assignee


def _task_updated(case: Case, event: r.TaskUpdated) -> None:
    task = _task(case, event.id, "updated")
    task.groups, task.users = event.groups, event.users
    task.due, task.follow_up, task.priority = event.due, event.follow_up, event.priority


def _task_changing(case: Case, event: r.TaskChanging) -> None:
    task = _task(case, event.id, "changing")
    task.changing, task.wanted = event.event, event.wanted
    case.elements[event.id].listening = None


def _task_corrected(case: Case, event: r.TaskCorrected) -> None:
    _task(case, event.id, "corrected").wanted = event.wanted


def _task_settled(case: Case, event: r.TaskDenied | r.TaskChanged) -> None:
    task = _task(case, event.id, "denied" if isinstance(event, r.TaskDenied) else "changed")
    task.changing, task.wanted = "", None


def _postponed(case: Case, event: r.Postponed) -> None:
    case.postponed.append(event.command)


def _resumed(case: Case, _event: r.Resumed) -> None:
    case.postponed.clear()


def _task_ended(change: str) -> Callable[[Case, Any], None]:
    def ended(case: Case, event: Any) -> None:
        _task(case, event.id, change)
        case.elements[event.id].task = None

    return ended


def _waits(case: Case, number: int) -> dict[int, Wait]:
    element = case.elements[number]
    if element.waits is None:
        element.waits = {}
    return element.waits


def _timer_armed(case: Case, event: r.TimerArmed) -> None:
    TIMER.after(Status.NONE, "armed")
    _waits(case, event.element)[event.id] = Wait(
        event.id,
        event.node,
        event.definition,
        r.WaitKind.TIMER,
        due=event.due,
        remaining=event.remaining,
        cycle=event.cycle,
    )
    case.following = max(case.following, event.id + 1)


def _timer_rearmed(case: Case, event: r.TimerRearmed) -> None:
    TIMER.after(Status.ACTIVE, "rearmed")
    wait = _waits(case, event.element)[event.id]
    wait.due, wait.remaining = event.due, event.remaining


def _subscribed(case: Case, event: r.Subscribed) -> None:
    SUBSCRIPTION.after(Status.NONE, "opened")
    wait = Wait(event.id, event.node, event.definition, event.kind, event.name, event.key)
    _waits(case, event.element)[event.id] = wait
    case.following = max(case.following, event.id + 1)


def _condition_seen(case: Case, event: r.ConditionSeen) -> None:
    _waits(case, event.element)[event.id].remaining = int(event.truth)


def _wait_triggered(case: Case, event: r.WaitTriggered) -> None:
    SUBSCRIPTION.after(Status.ACTIVE, "correlated" if event.keep else "fired")
    if not event.keep:
        _drop_wait(case, event.element, event.id)


def _wait_canceled(case: Case, event: r.WaitCanceled) -> None:
    SUBSCRIPTION.after(Status.ACTIVE, "canceled")
    _drop_wait(case, event.element, event.id)


def _drop_wait(case: Case, element: int, wait: int) -> None:
    waits = _waits(case, element)
    del waits[wait]
    if not waits:
        case.elements[element].waits = None


def _incident_raised(case: Case, event: r.IncidentRaised) -> None:
    INCIDENT.after(Status.NONE, "raised")
    case.incidents[event.id] = Incident(event.element, event.kind, event.message)
    case.following = max(case.following, event.id + 1)


def _incident_resolved(case: Case, event: r.IncidentResolved) -> None:
    INCIDENT.after(Status.ACTIVE, "resolved")
    del case.incidents[event.id]


def _loop(case: Case, number: int) -> Loop:
    loop = case.elements[number].loop
    assert loop is not None, f"element {number} is no loop"
    return loop


def _loop_started(case: Case, event: r.LoopStarted) -> None:
    case.elements[event.id].loop = Loop(event.total, None if event.items is None else list(event.items))


def _loop_iterated(case: Case, event: r.LoopIterated) -> None:
    _loop(case, event.id).begun += 1


def _loop_collected(case: Case, event: r.LoopCollected) -> None:
    _loop(case, event.id).outputs[event.index] = event.value


def _advanced(case: Case, event: r.Advanced) -> None:
    case.elements[event.id].progress += 1


def _compensation_kept(case: Case, event: r.CompensationKept) -> None:
    scope = case.elements[event.scope]
    scope.kept = [*(scope.kept or ()), *event.entries]


def _compensation_started(case: Case, event: r.CompensationStarted) -> None:
    scope = case.elements[event.scope]
    kept = scope.kept or []
    case.elements[event.id].undoing = [kept[place] for place in event.picks]
    scope.kept = [entry for place, entry in enumerate(kept) if place not in event.picks] or None


def _compensation_advanced(case: Case, event: r.CompensationAdvanced) -> None:
    undoing = case.elements[event.id].undoing
    assert undoing is not None
    undoing.pop()


APPLIERS: dict[type[Any], Callable[[Case, Any], None]] = {
    r.CaseCreated: _case_created,
    r.CaseCompleted: _case_ended,
    r.CaseTerminated: _case_ended,
    r.CaseMigrated: _case_migrated,
    r.ElementEntered: _element_entered,
    r.ElementActivated: _element_activated,
    r.ElementCompleting: _element_completing,
    r.ElementCompleted: _element_completed,
    r.ElementTerminated: _element_terminated,
    r.TokenArrived: _token_arrived,
    r.JoinFired: _join_fired,
    r.VariablesSet: _variables_set,
    r.JobCreated: _job_created,
    r.ListenerCreated: _listener_created,
    r.JobCompleted: _job_ended("completed"),
    r.JobFailed: _job_failed,
    r.JobUpdated: _job_updated,
    r.JobRetried: _job_retried,
    r.JobErrorThrown: _job_ended("threw"),
    r.JobCanceled: _job_ended("canceled"),
    r.TaskCreated: _task_created,
    r.TaskAssigned: _task_assigned,
    r.TaskUpdated: _task_updated,
    r.TaskChanging: _task_changing,
    r.TaskCorrected: _task_corrected,
    r.TaskDenied: _task_settled,
    r.TaskChanged: _task_settled,
    r.TaskCompleted: _task_ended("completed"),
    r.TaskCanceled: _task_ended("canceled"),
    r.TimerArmed: _timer_armed,
    r.TimerRearmed: _timer_rearmed,
    r.Subscribed: _subscribed,
    r.ConditionSeen: _condition_seen,
    r.WaitTriggered: _wait_triggered,
    r.WaitCanceled: _wait_canceled,
    r.IncidentRaised: _incident_raised,
    r.IncidentResolved: _incident_resolved,
    r.ErrorThrown: _nothing,
    r.EscalationThrown: _nothing,
    r.SignalThrown: _nothing,
    r.MessageThrown: _nothing,
    r.CaseTagged: _nothing,
    r.DecisionEvaluated: _nothing,
    r.DecisionTraced: _nothing,
    r.ChildRequested: _nothing,
    r.ChildAbandoned: _nothing,
    r.ErrorEscaped: _nothing,
    r.EscalationEscaped: _nothing,
    r.Postponed: _postponed,
    r.Resumed: _resumed,
    r.LoopStarted: _loop_started,
    r.LoopIterated: _loop_iterated,
    r.LoopCollected: _loop_collected,
    r.Advanced: _advanced,
    r.CompensationKept: _compensation_kept,
    r.CompensationStarted: _compensation_started,
    r.CompensationAdvanced: _compensation_advanced,
}

"""Projections: what each event changes in the rows that queries read.

Rule kept: rows follow from the journal alone: the projection of a case's event sees the case as it stands after the
step, and the event; that of the partition's event sees the event. Events without an entry here change no row. So a
lost or outdated table is made again from the journal (``rebuilding.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from zaizao.engine import parcels, records as r
from zaizao.engine.executable import Executable
from zaizao.engine.keys import LOCAL_BITS, inside
from zaizao.engine.state import Case, variables_encoded
from zaizao.engine.stores import (
    CaseRow,
    CaseState,
    DefinitionRow,
    IncidentRow,
    JobRow,
    JobState,
    MarkRow,
    MessageRow,
    Op,
    ParcelRow,
    Search,
    StartRow,
    Store,
    SubscriptionRow,
    TaskRow,
    Test,
    TimerRow,
)


class Writer:
    """Projects the events of one case into a store."""

    __slots__ = ("at", "case", "process", "store")

    def __init__(self, store: Store, case: Case, process: Executable, at: int) -> None:
        self.store = store
        self.case = case
        self.process = process
        self.at = at

    def write(self, events: list[Any]) -> None:
        """Project ``events`` in order."""
        for event in events:
            kind = type(event)
            if kind in PROJECTIONS:
                PROJECTIONS[kind](self, event)

    def key(self, local: int) -> int:
        """The key of something in the case."""
        return inside(self.case.key, local)

    def node(self, element: int) -> str:
        """The model's id of a live element."""
        return self.process.nodes[self.case.elements[element].node].id


def _created(w: Writer, event: r.CaseCreated) -> None:
    parent = event.parent.element if event.parent else 0
    process = w.process
    w.store.put(
        CaseRow(
            w.case.key,
            process.key,
            process.id,
            process.version,
            CaseState.ACTIVE,
            w.at,
            0,
            parent,
            event.business_id,
            "",
            0,
            "",
        )
    )


def _tagged(w: Writer, event: r.CaseTagged) -> None:
    row = w.store.get(CaseRow, w.case.key)
    assert row is not None
    w.store.put(row._replace(tags=",".join(event.tags)))


def _ended(state: CaseState) -> Callable[[Writer, Any], None]:
    def ended(w: Writer, _event: Any) -> None:
        row = w.store.get(CaseRow, w.case.key)
        assert row is not None
        w.store.put(row._replace(state=state, ended=w.at))

    return ended


def _migrated(w: Writer, event: r.CaseMigrated) -> None:
    row = w.store.get(CaseRow, w.case.key)
    assert row is not None
    process = w.process
    w.store.put(row._replace(process=event.process, process_id=process.id, version=process.version))
    for element in w.case.elements.values():
        node = process.nodes[element.node]
        number = element.listening.id if element.listening is not None and element.listening.job else element.id
        job = w.store.get(JobRow, w.key(number))
        if job is not None:
            w.store.put(job._replace(node=node.id, process=event.process))
        task = w.store.get(TaskRow, w.key(element.id))
        if task is not None and element.task is not None:
            w.store.put(task._replace(node=node.id, name=node.name, process=event.process, process_id=process.id))


def _job_created(w: Writer, event: r.JobCreated) -> None:
    # The event may belong to an element that is gone again within the same step.
    element = w.case.elements.get(event.id)
    node = w.process.nodes[element.node].id if element is not None else ""
    w.store.put(
        JobRow(
            w.key(event.id),
            event.job_type,
            JobState.AVAILABLE,
            event.priority,
            0,
            event.retries,
            "",
            node,
            w.process.key,
            w.at,
        )
    )


def _listener_created(w: Writer, event: r.ListenerCreated) -> None:
    element = w.case.elements.get(event.element)
    node = w.process.nodes[element.node].id if element is not None else ""
    key, process = w.key(event.id), w.process.key
    w.store.put(JobRow(key, event.job_type, JobState.AVAILABLE, 0, 0, event.retries, "", node, process, w.at))


def _job_gone(w: Writer, event: Any) -> None:
    w.store.delete(JobRow, w.key(event.id))


def _job_failed(w: Writer, event: r.JobFailed) -> None:
    row = w.store.get(JobRow, w.key(event.id))
    assert row is not None
    state = JobState.FAILED if not event.retries else JobState.BACK_OFF if event.retry_at else JobState.AVAILABLE
    w.store.put(row._replace(state=state, deadline=event.retry_at, retries=event.retries, worker=""))


def _job_updated(w: Writer, event: r.JobUpdated) -> None:
    row = w.store.get(JobRow, w.key(event.id))
    assert row is not None
    w.store.put(row._replace(retries=event.retries, priority=event.priority))


def _job_retried(w: Writer, event: r.JobRetried) -> None:
    row = w.store.get(JobRow, w.key(event.id))
    assert row is not None
    w.store.put(row._replace(state=JobState.AVAILABLE, deadline=0, worker=""))


def _task_created(w: Writer, event: r.TaskCreated) -> None:
    element = w.case.elements.get(event.id)
    node = w.process.nodes[element.node] if element is not None else w.process.nodes[0]
    w.store.put(
        TaskRow(
            w.key(event.id),
            "created",
            node.id,
            node.name,
            w.process.key,
            w.process.id,
            event.assignee,
            ",".join(event.groups),
            ",".join(event.users),
            event.due,
            event.follow_up,
            event.priority,
            event.form,
            w.at,
            0,
            w.case.key,
        )
    )


def _task_changed(change: Callable[[Writer, TaskRow, Any], TaskRow]) -> Callable[[Writer, Any], None]:
    def changed(w: Writer, event: Any) -> None:
        row = w.store.get(TaskRow, w.key(event.id))
        assert row is not None
        w.store.put(change(w, row, event))

    return changed


def _updated_task(_w: Writer, row: TaskRow, event: r.TaskUpdated) -> TaskRow:
    return row._replace(
        groups=",".join(event.groups),
        users=",".join(event.users),
        due=event.due,
        follow_up=event.follow_up,
        priority=event.priority,
    )


def _timer_armed(w: Writer, event: r.TimerArmed | r.TimerRearmed) -> None:
    w.store.put(TimerRow(w.key(event.id), event.due, event.element))


def _subscribed(w: Writer, event: r.Subscribed) -> None:
    if event.kind is not r.WaitKind.CONDITION:
        key, process = w.key(event.id), w.process
        node = process.nodes[event.node].id
        row = (key, str(event.kind), event.name, event.key, event.element, process.id, process.key, node, w.at)
        w.store.put(SubscriptionRow(*row))


def _wait_gone(w: Writer, event: r.WaitTriggered | r.WaitCanceled) -> None:
    if isinstance(event, r.WaitTriggered) and event.keep:
        return
    w.store.delete(TimerRow, w.key(event.id))
    w.store.delete(SubscriptionRow, w.key(event.id))


def _incident_raised(w: Writer, event: r.IncidentRaised) -> None:
    element = w.case.elements.get(event.element)
    node = w.process.nodes[element.node].id if element is not None else ""
    w.store.put(
        IncidentRow(w.key(event.id), w.key(event.element), node, w.process.key, str(event.kind), event.message, w.at)
    )
    _count_incident(w, 1)


def _incident_resolved(w: Writer, event: r.IncidentResolved) -> None:
    w.store.delete(IncidentRow, w.key(event.id))
    _count_incident(w, -1)


def _count_incident(w: Writer, change: int) -> None:
    row = w.store.get(CaseRow, w.case.key)
    assert row is not None
    w.store.put(row._replace(incidents=row.incidents + change))


PROJECTIONS: dict[type[Any], Callable[[Writer, Any], None]] = {
    r.CaseCreated: _created,
    r.CaseTagged: _tagged,
    r.CaseCompleted: _ended(CaseState.COMPLETED),
    r.CaseTerminated: _ended(CaseState.TERMINATED),
    r.CaseMigrated: _migrated,
    r.JobCreated: _job_created,
    r.ListenerCreated: _listener_created,
    r.JobCompleted: _job_gone,
    r.JobErrorThrown: _job_gone,
    r.JobCanceled: _job_gone,
    r.JobFailed: _job_failed,
    r.JobUpdated: _job_updated,
    r.JobRetried: _job_retried,
    r.TaskCreated: _task_created,
    r.TaskAssigned: _task_changed(lambda _w, row, event: row._replace(assignee=event.assignee)),
    r.TaskUpdated: _task_changed(_updated_task),
    r.TaskChanging: _task_changed(lambda _w, row, event: row._replace(state=event.event)),
    r.TaskDenied: _task_changed(lambda _w, row, _event: row._replace(state="created")),
    r.TaskChanged: _task_changed(lambda _w, row, _event: row._replace(state="created")),
    r.TaskCompleted: _task_changed(
        lambda w, row, event: row._replace(state="completed", assignee=event.by or row.assignee, ended=w.at)
    ),
    r.TaskCanceled: _task_changed(lambda w, row, _event: row._replace(state="canceled", ended=w.at)),
    r.TimerArmed: _timer_armed,
    r.TimerRearmed: _timer_armed,
    r.Subscribed: _subscribed,
    r.WaitTriggered: _wait_gone,
    r.WaitCanceled: _wait_gone,
    r.IncidentRaised: _incident_raised,
    r.IncidentResolved: _incident_resolved,
}


# --- events of the partition ---------------------------------------------------------------------------------------


def project(store: Store, event: Any, at: int) -> None:
    """Project an event of the partition itself."""
    change = PARTITION.get(type(event))
    if change is not None:
        change(store, event, at)


def _deployed(store: Store, event: r.Deployed, at: int) -> None:
    store.put(
        DefinitionRow(
            event.key,
            event.kind,
            event.name,
            event.version,
            event.version_tag,
            event.source,
            event.digest,
            at,
            "",
            "",
            event.key,
            0,
        )
    )


def _described(store: Store, event: r.Described, _at: int) -> None:
    row = store.get(DefinitionRow, event.key)
    assert row is not None
    store.put(row._replace(title=event.title, file=event.file, deployment=event.deployment, model=event.model))


def _jobs_activated(store: Store, event: r.JobsActivated, _at: int) -> None:
    for key in event.keys:
        row = store.get(JobRow, key)
        assert row is not None
        kind, priority, retries, node = row.job_type, row.priority, row.retries, row.node
        store.put(
            JobRow(
                key,
                kind,
                JobState.ACTIVATED,
                priority,
                event.deadline,
                retries,
                event.worker,
                node,
                row.process,
                row.created,
            )
        )


def _job_held(store: Store, event: r.JobHeld, _at: int) -> None:
    row = store.get(JobRow, event.key)
    assert row is not None
    store.put(row._replace(deadline=event.deadline))


def _jobs_timed_out(store: Store, event: r.JobsTimedOut, _at: int) -> None:
    for key in event.keys:
        row = store.get(JobRow, key)
        assert row is not None
        store.put(row._replace(state=JobState.AVAILABLE, deadline=0, worker=""))


def _published(store: Store, event: r.MessagePublished, _at: int) -> None:
    variables = variables_encoded(event.variables)
    store.put(MessageRow(event.key, event.name, event.correlation, event.expires, event.message_id, variables, "[]"))


def _correlated(store: Store, event: r.MessageCorrelated, _at: int) -> None:
    row = store.get(MessageRow, event.key)
    assert row is not None
    store.put(row._replace(taken=json.dumps(sorted([*json.loads(row.taken), event.process]))))
    case = store.get(CaseRow, event.case)
    if event.started and row.correlation and case is not None:
        store.put(case._replace(lock=row.correlation))


def _returned(store: Store, event: r.MessageReturned, _at: int) -> None:
    row = store.get(MessageRow, event.key)
    if row is not None:
        left = [process for process in json.loads(row.taken) if process != event.process]
        store.put(row._replace(taken=json.dumps(left)))


def _far_wait_opened(store: Store, event: r.FarWaitOpened, at: int) -> None:
    store.put(
        SubscriptionRow(
            event.key,
            "message",
            event.name,
            event.correlation,
            event.element,
            event.process_id,
            event.process,
            event.node,
            at,
        )
    )


def _parcels_forgotten(store: Store, event: r.ParcelsForgotten, _at: int) -> None:
    for key in event.keys:
        store.delete(ParcelRow, key)


def _start_armed(store: Store, event: r.StartArmed, _at: int) -> None:
    store.put(
        StartRow(
            event.key,
            str(event.kind),
            event.name,
            event.due,
            event.process,
            event.process_id,
            event.node,
            event.definition,
            event.remaining,
            event.cycle,
        )
    )


def _start_fired(store: Store, event: r.StartFired, _at: int) -> None:
    row = store.get(StartRow, event.key)
    assert row is not None
    if event.due:
        store.put(row._replace(due=event.due, remaining=event.remaining))
    else:
        store.delete(StartRow, event.key)


def _forgotten(store: Store, event: r.CaseForgotten, _at: int) -> None:
    store.delete(CaseRow, event.case)
    within = (Test("key", Op.GE, event.case), Test("key", Op.LT, event.case + (1 << LOCAL_BITS)))
    for task in store.search(Search(TaskRow, within)):
        store.delete(TaskRow, task.key)


PARTITION: dict[type[Any], Callable[[Store, Any, int], None]] = {
    r.Deployed: _deployed,
    r.Described: _described,
    r.JobsActivated: _jobs_activated,
    r.Removed: lambda store, event, _at: store.delete(DefinitionRow, event.key),
    r.CaseForgotten: _forgotten,
    r.JobHeld: _job_held,
    r.JobsTimedOut: _jobs_timed_out,
    r.MessagePublished: _published,
    r.MessageCorrelated: _correlated,
    r.MessageExpired: lambda store, event, _at: store.delete(MessageRow, event.key),
    r.MessageReturned: _returned,
    r.FarWaitOpened: _far_wait_opened,
    r.FarWaitClosed: lambda store, event, _at: store.delete(SubscriptionRow, event.key),
    r.ParcelSent: lambda store, event, _at: store.put(
        ParcelRow(event.key, event.receiver, parcels.encode(event.parcel))
    ),
    r.ParcelTaken: lambda store, event, _at: store.put(MarkRow(event.sender, event.taken)),
    r.ParcelsForgotten: _parcels_forgotten,
    r.StartArmed: _start_armed,
    r.StartFired: _start_fired,
    r.StartDisarmed: lambda store, event, _at: store.delete(StartRow, event.key),
}

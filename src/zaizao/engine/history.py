"""History: elements, variables, jobs, incidents and decisions of cases, live and ended, as rows that can be searched.

Rule kept: history follows the journal and never slows it. Nothing is written here while a case runs; ``follow`` reads
the entries that came since the last time and projects them, in pieces, in the same transactions as everything else.
Who searches follows first, so what is found is never older than the question. The rows follow from the journal alone:
where they are lost, following from 0 makes the same rows with the same keys.

Variables and decisions get keys inside their case from the upper half of its local numbers, in order of appearance.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from zaizao.engine import records as r
from zaizao.engine.executable import Executable
from zaizao.engine.keys import LOCAL_BITS, CaseKey, case_of, inside, local_of
from zaizao.engine.stores import (
    HISTORY,
    CaseState,
    DecisionRow,
    ElementRow,
    FollowedRow,
    Op,
    PastIncidentRow,
    PastJobRow,
    Search,
    Test,
    VariableRow,
)

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime
    from zaizao.engine.stores import Store

VARIABLES = 1 << 23
"""The first local number of a variable."""
DECISIONS = 3 << 22
"""The first local number of an evaluated decision."""
PIECE = 1_000
"""Journal entries that are followed in one transaction."""
KNOWN_CASES = 20_000
"""Cases of which the next numbers are kept in memory."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


def json_text(value: Any) -> str:
    """A value of a variable or decision as JSON."""
    return _encode(value).decode()


class _Known:
    """What following needs to know of a case: its definition, its variables' keys, how many decisions it asked."""

    __slots__ = ("decisions", "process", "variables")

    def __init__(self, process: int) -> None:
        self.process = process
        self.variables: dict[tuple[int, str], int] = {}
        self.decisions = 0


class HistoryBehind(Exception):
    """The writer has to follow the journal to ``position`` before this can be answered."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(position)


class History:
    """Follows the journal of one partition."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self.enough: int | None = None
        """For who only reads: the position up to which history has to be followed; the journal's end where none."""

    def forget(self) -> None:
        """After a rollback: read from the store again."""
        self._known.clear()

    def follow(self, limit: int = PIECE) -> int:
        """Project up to ``limit`` more entries, in one transaction; how many there were."""
        runtime = self._runtime
        with runtime.batch():
            try:
                return self._follow(runtime.store, limit)
            except BaseException:
                self.forget()
                raise

    def _follow(self, store: Store, limit: int) -> int:
        row = store.get(FollowedRow, 1)
        start = row.position if row else 0
        entries = list(islice(store.journal(start=start), limit))
        self._runtime.touched += len(entries)
        for entry in entries:
            if entry.case:
                self._case(entry.case, entry.at, entry.events)
            else:
                _partition(store, entry.at, entry.events)
        if entries:
            store.put(FollowedRow(1, entries[-1].position + len(entries[-1].events)))
        while len(self._known) > KNOWN_CASES:
            self._known.popitem(last=False)
        return len(entries)

    def catch_up(self) -> None:
        """Follow to the end of the journal. Who only reads raises ``HistoryBehind`` where the writer has to do it."""
        store = self._runtime.store
        if store.read_only:
            row = store.get(FollowedRow, 1)
            wanted = store.length() if self.enough is None else self.enough
            if (row.position if row else 0) < wanted:
                raise HistoryBehind(wanted)
            return
        while self.follow() == PIECE:
            pass

    def _case(self, case: int, at: int, events: list[Any]) -> None:
        writer = _Writer(self, self._runtime, CaseKey(case), at)
        for event in events:
            project = _PROJECTIONS.get(type(event))
            if project is not None:
                project(writer, event)

    def known(self, case: int) -> _Known:
        """What is known of a case; read again where it was forgotten."""
        found = self._known.get(case)
        if found is None:
            found = self._known[case] = self._read(case)
        return found

    def _read(self, case: int) -> _Known:
        store = self._runtime.store
        root = store.get(ElementRow, case)
        found = _Known(root.process if root else 0)
        if root is not None:
            first, last = inside(case, VARIABLES), inside(case, DECISIONS)
            within = (Test("key", Op.GE, first), Test("key", Op.LT, last))
            for row in store.search(Search(VariableRow, within)):
                found.variables[local_of(row.scope), row.name] = row.key
            asked = (Test("key", Op.GE, last), Test("key", Op.LT, inside(case, (1 << 24) - 1)))
            found.decisions = store.total(DecisionRow, asked, 1 << 22)
        return found


class _Writer:
    """Projects the events of one entry of one case."""

    __slots__ = ("at", "case", "history", "known", "runtime", "store")

    def __init__(self, history: History, runtime: Runtime, case: CaseKey, at: int) -> None:
        self.history = history
        self.runtime = runtime
        self.store = runtime.store
        self.case = case
        self.at = at
        self.known = history.known(case)

    @property
    def process(self) -> Executable:
        """The definition that the case follows now."""
        return self.runtime.library.executable(self.known.process)

    def set_variables(self, scope: int, variables: r.Variables) -> None:
        """Variables of an element took values."""
        keys = self.known.variables
        for name, value in variables.items():
            key = keys.get((scope, name))
            if key is None:
                key = keys[scope, name] = inside(self.case, VARIABLES + len(keys))
            self.store.put(VariableRow(key, inside(self.case, scope), name, json_text(value), self.at))

    def element(self, local: int, node: int, scope: int, variables: r.Variables | None) -> None:
        """An element runs."""
        process = self.process
        drawn = process.nodes[node]
        key = inside(self.case, local)
        above = inside(self.case, scope)
        shown = (drawn.id, drawn.name, drawn.kind)
        row = ElementRow(key, above, process.key, process.id, *shown, CaseState.ACTIVE, self.at, 0, 0, self.case)
        self.store.put(row)
        if variables:
            self.set_variables(local, variables)

    def change_element(self, local: int, **changes: Any) -> None:
        """Something about an element changed."""
        row = self.store.get(ElementRow, inside(self.case, local))
        if row is not None:
            self.store.put(row._replace(**changes))

    def change_job(self, local: int, **changes: Any) -> None:
        """Something about a job changed."""
        _change_job(self.store, inside(self.case, local), self.at, **changes)


def _change_job(store: Store, key: int, at: int, **changes: Any) -> None:
    row = store.get(PastJobRow, key)
    if row is not None:
        store.put(row._replace(changed=at, **changes))


def _created(w: _Writer, event: r.CaseCreated) -> None:
    w.known.process = event.process
    w.element(0, 0, 0, event.variables)


def _ended(state: CaseState) -> Callable[[_Writer, Any], None]:
    return lambda w, _event: w.change_element(0, state=state, ended=w.at)


def _element_ended(state: CaseState) -> Callable[[_Writer, Any], None]:
    return lambda w, event: w.change_element(event.id, state=state, ended=w.at)


def _activated(w: _Writer, event: r.ElementActivated) -> None:
    key = inside(w.case, event.id)
    before = w.store.get(ElementRow, key)
    w.element(event.id, event.node, event.scope, event.variables)
    if before is not None:  # it was entered before, and its input mappings were in trouble
        w.change_element(event.id, started=before.started)


def _migrated(w: _Writer, event: r.CaseMigrated) -> None:
    w.known.process = event.process
    process = w.process
    old = w.store.get(ElementRow, w.case)
    assert old is not None
    before = w.runtime.library.executable(old.process)
    within = (Test("key", Op.GE, w.case), Test("key", Op.LT, inside(w.case, VARIABLES)))
    for row in w.store.search(Search(ElementRow, (*within, Test("state", Op.EQ, CaseState.ACTIVE)))):
        node = process.nodes[event.nodes.get(before.by_id.get(row.node, 0), 0)]
        name = {"node": node.id, "name": node.name}
        w.store.put(row._replace(process=process.key, process_id=process.id, **name))
        job = w.store.get(PastJobRow, row.key)
        if job is not None and not job.ended:
            w.store.put(job._replace(process=process.key, process_id=process.id, node=node.id, changed=w.at))
    for incident in w.store.search(Search(PastIncidentRow, (*within, Test("ended", Op.ABSENT)))):
        element = w.store.get(ElementRow, incident.element)
        node_id = element.node if element else incident.node
        w.store.put(incident._replace(process=process.key, process_id=process.id, node=node_id))


def _job(w: _Writer, event: r.JobCreated | r.ListenerCreated, element: int, priority: int, listener: str) -> None:
    process = w.process
    row = w.store.get(ElementRow, inside(w.case, element))
    known = ("created", process.key, process.id, row.node if row else "", "", event.retries, priority, 0, "", "")
    times = (w.at, w.at, 0)
    key = inside(w.case, event.id)
    w.store.put(PastJobRow(key, event.job_type, *known, *times, inside(w.case, element), listener))


def _job_created(w: _Writer, event: r.JobCreated) -> None:
    _job(w, event, event.id, event.priority, "")


def _listener_created(w: _Writer, event: r.ListenerCreated) -> None:
    _job(w, event, event.element, 0, event.event)


def _job_ended(state: str) -> Callable[[_Writer, Any], None]:
    return lambda w, event: w.change_job(event.id, state=state, ended=w.at, deadline=0)


def _job_error(w: _Writer, event: r.JobErrorThrown) -> None:
    changes = {"error_code": event.code, "error_message": event.message}
    w.change_job(event.id, state="error-thrown", ended=w.at, deadline=0, **changes)


def _job_failed(w: _Writer, event: r.JobFailed) -> None:
    w.change_job(event.id, state="failed", retries=event.retries, error_message=event.message, deadline=event.retry_at)


def _job_updated(w: _Writer, event: r.JobUpdated) -> None:
    w.change_job(event.id, state="retries-updated", retries=event.retries, priority=event.priority)


def _raised(w: _Writer, event: r.IncidentRaised) -> None:
    key, element = inside(w.case, event.id), inside(w.case, event.element)
    process = w.process
    row = w.store.get(ElementRow, element)
    job = _failed_job(w, element) if event.kind in _OF_JOBS else 0
    node = row.node if row else ""
    incident = (key, element, node, process.key, process.id, str(event.kind), event.message, job, w.at, 0, w.case)
    w.store.put(PastIncidentRow(*incident))
    w.change_element(event.element, incident=key)


_OF_JOBS = (r.IncidentKind.JOB, r.IncidentKind.LISTENER, r.IncidentKind.TASK_LISTENER)


def _failed_job(w: _Writer, element: int) -> int:
    """The job of ``element`` that failed last: its own, or a listener's."""
    of_element = (Test("key", Op.GE, element), Test("key", Op.LT, inside(w.case, VARIABLES)))
    failed = (Test("element", Op.EQ, element), Test("state", Op.EQ, "failed"))
    rows = w.store.search(Search(PastJobRow, (*of_element, *failed), (("changed", True),), limit=1))
    return rows[0].key if rows else 0


def _resolved(w: _Writer, event: r.IncidentResolved) -> None:
    row = w.store.get(PastIncidentRow, inside(w.case, event.id))
    if row is not None:
        w.store.put(row._replace(ended=w.at))
        w.change_element(local_of(row.element), incident=0)


def _traced(w: _Writer, event: r.DecisionTraced) -> None:
    first = w.known.decisions
    element = inside(w.case, event.element)
    rows = decision_rows(event, inside(w.case, DECISIONS + first), w.at)
    w.known.decisions += len(rows)
    for row in rows:
        w.store.put(row._replace(element=element, process=w.known.process))


def decision_rows(event: r.DecisionTraced | r.DecisionAsked, first: int, at: int) -> list[DecisionRow]:
    """One row a decision that took part, in the order in which they ended; the asked one is last."""
    rows = []
    for place, step in enumerate(event.steps):
        last = place == len(event.steps) - 1
        rows.append(
            DecisionRow(
                first + place,
                first,
                place + 1,
                step.key,
                step.id,
                step.name,
                step.version,
                step.kind,
                event.root,
                event.requirements,
                0,
                0,
                "" if event.failure and last else json_text(step.output),
                event.failure if last else "",
                json_text(step.inputs),
                json_text(step.rules),
                at,
            )
        )
    return rows


_PROJECTIONS: dict[type[Any], Callable[[_Writer, Any], None]] = {
    r.CaseCreated: _created,
    r.CaseCompleted: _ended(CaseState.COMPLETED),
    r.CaseTerminated: _ended(CaseState.TERMINATED),
    r.CaseMigrated: _migrated,
    r.ElementEntered: lambda w, event: w.element(event.id, event.node, event.scope, None),
    r.ElementActivated: _activated,
    r.ElementCompleted: _element_ended(CaseState.COMPLETED),
    r.ElementTerminated: _element_ended(CaseState.TERMINATED),
    r.LoopStarted: lambda w, event: w.change_element(event.id, kind="loop"),
    r.VariablesSet: lambda w, event: w.set_variables(event.id, event.variables),
    r.JobCreated: _job_created,
    r.ListenerCreated: _listener_created,
    r.JobCompleted: _job_ended("completed"),
    r.JobCanceled: _job_ended("canceled"),
    r.JobErrorThrown: _job_error,
    r.JobFailed: _job_failed,
    r.JobUpdated: _job_updated,
    r.IncidentRaised: _raised,
    r.IncidentResolved: _resolved,
    r.DecisionTraced: _traced,
}


# --- events of the partition ---------------------------------------------------------------------------------------


def _partition(store: Store, at: int, events: list[Any]) -> None:
    for event in events:
        if isinstance(event, r.JobsActivated):
            for key in event.keys:
                _change_job(store, key, at, worker=event.worker, deadline=event.deadline)
        elif isinstance(event, r.JobHeld):
            _change_job(store, event.key, at, deadline=event.deadline)
        elif isinstance(event, r.JobsTimedOut):
            for key in event.keys:
                job = store.get(PastJobRow, key)
                state = "timed-out" if job is not None and job.state != "failed" else "failed"
                _change_job(store, key, at, state=state, deadline=0)
        elif isinstance(event, r.CaseForgotten):
            _forget(store, event.case)
        elif isinstance(event, r.DecisionAsked):
            for row in decision_rows(event, inside(event.key, DECISIONS), at):
                store.put(row)


def _forget(store: Store, case: int) -> None:
    """Take the rows of a case away."""
    within = (Test("key", Op.GE, case), Test("key", Op.LT, case + (1 << LOCAL_BITS)))
    for table in HISTORY:
        for row in store.search(Search(table, within)):
            store.delete(table, row.key)


# --- from the journal, on demand -------------------------------------------------------------------------------------


def flows_taken(runtime: Runtime, case: int) -> list[str]:
    """The ids of the sequence flows that tokens of ``case`` took, in the order in which each was first taken."""
    found: dict[str, None] = {}
    process: Executable | None = None
    for entry in runtime.store.journal(case=case):
        for event in entry.events:
            if isinstance(event, r.CaseCreated | r.CaseMigrated):
                process = runtime.library.executable(event.process)
            elif isinstance(event, r.ElementActivated | r.ElementEntered | r.TokenArrived) and event.flow >= 0:
                assert process is not None, "a case is created first"
                found[process.flows[event.flow].id] = None
    return list(found)


class TaskDone(NamedTuple):
    """Something that happened to a task: ``operation`` in the words of the door, ``actor`` where it is known."""

    position: int
    at: int
    operation: str
    actor: str | None


def task_history(store: Store, key: int) -> list[TaskDone]:
    """What happened to the task ``key``, in order."""
    found = []
    local = local_of(key)
    for entry in store.journal(case=case_of(key)):
        for place, event in enumerate(entry.events):
            name = _OPERATIONS.get(type(event))
            if name is None or event.id != local:
                continue
            actor = event.by if isinstance(event, r.TaskCompleted) else None
            if isinstance(event, r.TaskAssigned) and event.assignee is None:
                name = "UNASSIGN"
            found.append(TaskDone(entry.position + place, entry.at, name, actor))
    return found


_OPERATIONS: dict[type[Any], str] = {
    r.TaskCreated: "CREATE",
    r.TaskAssigned: "ASSIGN",
    r.TaskUpdated: "UPDATE",
    r.TaskCompleted: "COMPLETE",
    r.TaskCanceled: "CANCEL",
}


def denial(store: Store, key: int) -> str | None:
    """Why listeners denied the last change of the task ``key``; ``None`` where they agreed."""
    last: r.TaskDenied | r.TaskChanged | None = None
    local = local_of(key)
    for entry in store.journal(case=case_of(key)):
        for event in entry.events:
            if isinstance(event, r.TaskDenied | r.TaskChanged) and event.id == local:
                last = event
    return (last.reason or "denied") if isinstance(last, r.TaskDenied) else None

"""The engine's face: deploy, create, work, ask.

Rule kept: every call is one transaction, unless calls are put together in ``batch()``. What does not apply raises
``CommandRejected`` and is on record. Keys in and out are the numbers of ``keys.py``; times are µs UTC; variables are
JSON values with exact numbers (floats are taken by their shortest decimal).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from zaizao import bpmn, dmn
from zaizao.calendars import WorkCalendar
from zaizao.engine import commands as c, records as r
from zaizao.engine.apply import replay
from zaizao.engine.carrying import forget, mark_of, receive
from zaizao.engine.clock import Clock
from zaizao.engine.deploying import Deployment, Origin, deploy, deploy_text, new_key, remove, start_on_conditions
from zaizao.engine.due import tick
from zaizao.engine.effects import runtime_broadcast
from zaizao.engine.errors import CommandRejected
from zaizao.engine.export import to_log
from zaizao.engine.expressions import exact
from zaizao.engine.history import PIECE, History, TaskDone, denial, flows_taken, task_history
from zaizao.engine.jobs import ActivatedJob, activate, take
from zaizao.engine.keys import CaseKey, Key, case_of, inside, local_of
from zaizao.engine.migrating import Start, plan_migration, plan_modification
from zaizao.engine.post import Correlated
from zaizao.engine.records import Record, Rejection
from zaizao.engine.runtime import Runtime
from zaizao.engine.state import Case, variables_of
from zaizao.engine.stores import (
    HISTORY,
    Among,
    CaseRow,
    CaseState,
    Condition,
    DefinitionRow,
    Either,
    IncidentRow,
    JobRow,
    JobState,
    ParcelRow,
    Search,
    Store,
    TaskRow,
)
from zaizao.eventlog import EventLog

Json = Mapping[str, Any]


class Engine:
    """One partition that runs processes over ``store``, by ``clock``."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        partition: int = 1,
        partitions: int = 1,
        zone: str = "Asia/Shanghai",
        calendars: Mapping[str, WorkCalendar] | None = None,
    ) -> None:
        self.runtime = Runtime(store, clock, partition=partition, partitions=partitions, zone=zone, calendars=calendars)
        self.history = History(self.runtime)
        self.store = store
        self.clock = clock

    def batch(self) -> AbstractContextManager[None]:
        """Put several calls into one transaction."""
        return self.runtime.batch()

    def reader(self) -> Engine | None:
        """An engine that only answers questions, from what is committed, beside this one; ``None`` in memory."""
        store = self.store.reader()
        if store is None:
            return None
        runtime = self.runtime
        return Engine(
            store,
            self.clock,
            partition=runtime.partition,
            partitions=runtime.partitions,
            zone=runtime.zone.key,
            calendars=runtime.calendars,
        )

    # --- processes and cases ---

    def deploy(
        self,
        definitions: bpmn.Definitions | None,
        decisions: Sequence[dmn.Definitions] = (),
        origin: Origin | None = None,
    ) -> Deployment:
        """Make processes and decisions known; the same text again is no new version. ``DeploymentRefused`` if bad."""
        return deploy(self.runtime, definitions, decisions, origin or Origin())

    def deploy_text(self, kind: str, name: str, source: str, origin: Origin | None = None) -> DefinitionRow:
        """Keep a ``form`` or another ``resource`` under ``name``."""
        return deploy_text(self.runtime, kind, name, source, origin or Origin())

    def definition(self, key: int) -> DefinitionRow | None:
        """The definition with this key, of whatever kind."""
        with self.runtime.reading():
            return self.runtime.library.row(key)

    def headers(self, process: int, node: str) -> dict[str, str]:
        """The headers of the job of a node (by model id) of definition ``process``."""
        executable = self.runtime.library.executable(process)
        source = executable.nodes[executable.by_id.get(node, 0)].source
        job = getattr(source, "job", None)
        return dict(job.headers) if job is not None else {}

    def remove(self, key: int) -> None:
        """Forget a definition that no case follows; its start events are disarmed."""
        with self.batch():
            row = self.store.get(DefinitionRow, key)
            if row is None:
                raise CommandRejected("not-found", f"no definition {key}", key)
            if self.store.count(CaseRow, {"process": key, "state": CaseState.ACTIVE}):
                raise CommandRejected("invalid-state", f"cases of {row.name} version {row.version} still run", key)
            self.history.catch_up()
            remove(self.runtime, row)

    def forget(self, case: int) -> None:
        """Take an ended case out of all searches; the journal keeps it."""
        with self.batch():
            row = self.store.get(CaseRow, case)
            if row is None:
                raise CommandRejected("not-found", f"no case {case}", case)
            if row.state is CaseState.ACTIVE:
                raise CommandRejected("invalid-state", f"case {case} still runs", case)
            self.runtime.note(r.CaseForgotten(case))

    def scope_of(self, key: int) -> Key:
        """The key of the live element in which the live element ``key`` runs."""
        case = self.case(key)
        if case is None or local_of(key) not in case.elements:
            raise CommandRejected("not-found", f"no live element {key}", key)
        return inside(case.key, case.elements[local_of(key)].scope)

    def new_key(self) -> CaseKey:
        """A key that nothing has yet: for a deployment, a signal."""
        with self.batch():
            return new_key(self.runtime)

    def create(
        self,
        process_id: str,
        variables: Json | None = None,
        *,
        version: int | None = None,
        version_tag: str | None = None,
        business_id: str = "",
        before: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> CaseKey:
        """Start a case of the latest version (or the given one); ``before`` names elements to start before."""
        process = self.runtime.library.find(process_id, version_tag, version)
        if process is None:
            raise CommandRejected("not-found", f"no process {process_id!r} is deployed")
        unknown = [name for name in before if name not in process.by_id]
        if unknown:
            raise CommandRejected("invalid", f"{process_id} has no {', '.join(unknown)}")
        places = tuple(process.by_id[name] for name in before)
        start = c.Start(_exact(variables), business_id=business_id, before=places, tags=tuple(tags))
        return self.runtime.create(process, start)

    def start_on_conditions(self, variables: Json, process_id: str | None = None) -> list[CaseKey]:
        """Start a case at every conditional start event (of one process) that ``variables`` make true."""
        return start_on_conditions(self.runtime, _exact(variables), process_id)

    def cancel(self, case: int, reason: str = "canceled") -> None:
        """End a case at once, and the cases that it called."""
        self.runtime.ask(case, c.CancelCase(reason))

    def case(self, key: int) -> Case | None:
        """The state of a live case, to be read only."""
        with self.runtime.reading():
            return self.runtime.case(case_of(key))

    def row(self, key: int) -> CaseRow | None:
        """What is known of a case, live or ended."""
        with self.runtime.reading():
            return self.store.get(CaseRow, case_of(key))

    def last_variables(self, key: int) -> dict[str, Any]:
        """The variables of a case as they are or, where it has ended, as they were at its end."""
        with self.runtime.reading():
            case = self.case(key) or replay((record.event for record in self.journal(key)), case_of(key))
            return dict(case.elements[0].variables or {}) if 0 in case.elements else {}

    def variables(self, key: int) -> dict[str, Any]:
        """What the live case or element ``key`` sees."""
        with self.runtime.reading():
            case = self.case(key)
            if case is None or local_of(key) not in case.elements:
                raise CommandRejected("not-found", f"no live case or element {key}", key)
            return variables_of(case, local_of(key))

    def set_variables(self, key: int, variables: Json, *, local: bool = False) -> None:
        """Set variables of the case or element ``key``."""
        self.runtime.ask(key, c.SetVariables(local_of(key), _exact(variables), local))

    # --- jobs ---

    def activate(
        self, job_type: str, worker: str = "", limit: int = 1, timeout_us: int = 300_000_000
    ) -> list[ActivatedJob]:
        """Take up to ``limit`` jobs and hold them for ``timeout_us``."""
        return activate(self.runtime, job_type, worker, limit, timeout_us)

    def take(self, key: int, worker: str = "", timeout_us: int = 300_000_000) -> ActivatedJob:
        """Take one job that is known by its key, and hold it for ``timeout_us``."""
        return take(self.runtime, key, worker, timeout_us)

    def complete(self, key: int, variables: Json | None = None, *, verdict: c.Verdict | None = None) -> None:
        """The job is done; a task listener may deny or correct what it was asked about."""
        self.runtime.ask(key, c.CompleteJob(local_of(key), _exact(variables), verdict))

    def fail(
        self, key: int, retries: int, message: str = "", back_off_us: int = 0, variables: Json | None = None
    ) -> None:
        """The job could not be done; without retries left it becomes an incident."""
        self.runtime.ask(
            key, c.FailJob(local_of(key), retries, message, back_off_us, _exact(variables) if variables else None)
        )

    def throw_error(self, key: int, code: str, message: str = "", variables: Json | None = None) -> None:
        """The job ends with a business error that the model may catch."""
        self.runtime.ask(key, c.ThrowJobError(local_of(key), code, message, _exact(variables) if variables else None))

    def update_job(self, key: int, *, retries: int | None = None, priority: int | None = None) -> None:
        """Set a job's retries or priority."""
        self.runtime.ask(key, c.UpdateJob(local_of(key), retries, priority))

    def hold(self, key: int, timeout_us: int) -> None:
        """Let the worker that has job ``key`` keep it for ``timeout_us`` from now."""
        with self.batch():
            row = self.store.get(JobRow, key)
            if row is None:
                raise CommandRejected("not-found", f"no job {key}", key)
            if row.state is not JobState.ACTIVATED:
                raise CommandRejected("invalid-state", f"no worker holds job {key}", key)
            self.runtime.note(r.JobHeld(key, self.clock.now() + timeout_us))

    # --- people ---

    def tasks(self, **where: Any) -> list[TaskRow]:
        """Open tasks whose columns equal ``where``; ``state`` may ask for ended ones."""
        with self.runtime.reading():
            return self.store.find(TaskRow, {"state": "created", **where})

    def assign(self, key: int, assignee: str | None, *, override: bool = True) -> None:
        """Give a task to someone, or free it."""
        self.runtime.ask(key, c.AssignTask(local_of(key), assignee, override))

    def update_task(self, key: int, **changes: Any) -> None:
        """Change dates, candidates or priority of a task."""
        self.runtime.ask(key, c.UpdateTask(local_of(key), **changes))

    def complete_task(
        self, key: int, variables: Json | None = None, *, by: str | None = None, action: str = ""
    ) -> None:
        """A person has done the task."""
        self.runtime.ask(key, c.CompleteTask(local_of(key), _exact(variables), by, action))

    # --- messages and signals ---

    def publish(
        self, name: str, correlation: str = "", variables: Json | None = None, *, life_us: int = 0, message_id: str = ""
    ) -> Correlated:
        """Publish a message that waits ``life_us`` for a taker."""
        with self.batch():
            home = self.runtime.home(correlation)
            if home != self.runtime.partition:
                raise CommandRejected("invalid", f"messages with this correlation key live in partition {home}")
            done = self.runtime.post.publish(name, correlation, _exact(variables), life_us, message_id)
            if isinstance(done, Rejection):
                raise CommandRejected(done.code, done.reason)
            return done

    def broadcast(self, name: str, variables: Json | None = None) -> int:
        """Send a signal; how many waiting elements and starts heard it."""
        with self.batch():
            self.runtime.note(r.SignalThrown(0, name, _exact(variables)))
            return runtime_broadcast(self.runtime, name, _exact(variables))

    def correlate(self, name: str, correlation: str = "", variables: Json | None = None) -> Correlated:
        """Publish a message that must reach a case now; ``CommandRejected`` (not-found) where none takes it."""
        done = self.publish(name, correlation, variables)
        if not done.cases:
            raise CommandRejected("not-found", f"no case waits for message {name!r} with key {correlation!r}")
        return done

    # --- decisions ---

    def evaluate(self, decision: str, variables: Json | None = None, *, key: int = 0) -> r.DecisionAsked:
        """Ask a decision (its latest version, or the one with definition ``key``); it is on record."""
        with self.batch():
            library = self.runtime.library.decisions
            found = library.of(key) if key else library.find(decision)
            if found is None:
                raise CommandRejected("not-found", f"no decision {decision!r} is deployed")
            answer = library.ask(found, decision, _exact(variables), self.clock.now(), self.runtime.zone)
            asked = r.DecisionAsked(new_key(self.runtime), decision, answer.version, answer.output, *answer[2:])
            self.runtime.note(asked)
            return asked

    # --- incidents, changes of a running case ---

    def incidents(self, case: int | None = None) -> list[IncidentRow]:
        """Open incidents, of one case where given."""
        with self.runtime.reading():
            rows = self.store.find(IncidentRow)
        return rows if case is None else [row for row in rows if case_of(row.key) == case_of(case)]

    def resolve(self, key: int) -> None:
        """Try again what the incident stopped."""
        self.runtime.ask(key, c.ResolveIncident(local_of(key)))

    def modify(
        self,
        case: int,
        *,
        before: Sequence[str] = (),
        starts: Sequence[Start] = (),
        terminate: Sequence[int] = (),
        variables: Json | None = None,
    ) -> None:
        """Start before elements (by model id, or by ``starts`` with a scope) and terminate live ones (by key)."""
        with self.batch():
            wanted = (*(Start(name) for name in before), *starts)
            command = plan_modification(self.runtime, case, wanted, terminate, _exact(variables))
            self.runtime.ask(case, command)

    def migrate(self, case: int, process: int, mapping: Mapping[str, str] | None = None) -> None:
        """Let a case follow definition ``process``; ``mapping`` names elements that are called otherwise there."""
        with self.batch():
            for command in plan_migration(self.runtime, case, process, mapping or {}):
                self.runtime.ask(case, command)

    def activate_ad_hoc(self, key: int, elements: Sequence[str]) -> None:
        """Start activities inside the ad-hoc sub-process element ``key``."""
        case = self.case(key)
        if case is None:
            raise CommandRejected("not-found", f"no live case of {key}", key)
        known = self.runtime.library.executable(case.process).by_id
        if not set(elements) <= set(known):
            raise CommandRejected("invalid", "no such elements", key)
        self.runtime.ask(key, c.ActivateAdHoc(local_of(key), tuple(known[name] for name in elements)))

    # --- searching ---

    def follow(self, limit: int = PIECE) -> int:
        """Write history rows for up to ``limit`` more journal entries; how many there were."""
        return self.history.follow(limit)

    def search(self, search: Search) -> list[Any]:
        """The rows that ``search`` describes; history is never older than the question."""
        with self.runtime.reading():
            self._followed(search.table, search.where)
            return self.store.search(search)

    def total(self, table: type[Any], where: Sequence[Condition] = (), most: int = 100_000) -> int:
        """How many rows there are, counted up to ``most``."""
        with self.runtime.reading():
            self._followed(table, where)
            return self.store.total(table, where, most)

    def tally(self, table: type[Any], where: Sequence[Condition], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """How many rows there are for each combination of values of ``columns``: the values, and the count."""
        with self.runtime.reading():
            self._followed(table, where)
            return self.store.tally(table, where, columns)

    def _followed(self, table: type[Any], where: Sequence[Condition]) -> None:
        if table in HISTORY or any(isinstance(one, Among | Either) for one in where):
            self.history.catch_up()

    # --- time ---

    def tick(self, limit: int = 1000) -> int:
        """Fire what is due: timers, timed starts, jobs held too long, messages over time. How many."""
        return tick(self.runtime, limit)

    def next_due(self) -> int | None:
        """When something is due next."""
        with self.runtime.reading():
            return self.store.first_due()

    def flows_taken(self, case: int) -> list[str]:
        """Ids of the sequence flows that tokens of ``case`` took."""
        with self.runtime.reading():
            return flows_taken(self.runtime, case)

    def denial(self, key: int) -> str | None:
        """Why listeners denied the last change of a task; ``None`` where they agreed."""
        with self.runtime.reading():
            return denial(self.store, key)

    def task_history(self, key: int) -> list[TaskDone]:
        """What happened to a task, in order."""
        with self.runtime.reading():
            return task_history(self.store, key)

    # --- other partitions ---

    def receive(self, sender: int, parcels: Sequence[ParcelRow]) -> int:
        """Carry out what partition ``sender`` has for this one; how much of it was new."""
        return receive(self.runtime, sender, parcels)

    def received(self, sender: int) -> int:
        """The key of the last parcel of ``sender`` that was carried out here."""
        with self.runtime.reading():
            return mark_of(self.runtime, sender)

    def forget_parcels(self, receiver: int, mark: int) -> int:
        """Drop the parcels that ``receiver`` has carried out, up to ``mark``; how many."""
        return forget(self.runtime, receiver, mark) if mark else 0

    # --- journal ---

    def acted(self, by: str, action: str, target: str = "", detail: Json | None = None) -> None:
        """Put on record who does something from outside; in the same ``batch()`` as what they do."""
        with self.batch():
            self.runtime.note(r.Acted(by, action, target, _exact(detail)))

    def journal(self, case: int | None = None) -> Iterator[Record]:
        """Everything that happened, in order; of one case where given."""
        for entry in self.store.journal(case=None if case is None else case_of(case)):
            for place, event in enumerate(entry.events):
                yield Record(entry.position + place, entry.at, entry.case, event)

    def log(self) -> EventLog:
        """The journal as an event log."""
        return to_log(self.journal())

    def verify(self) -> int:
        """Check the journal's chain; how many records it holds."""
        return self.store.verify()

    def elements(self, case: int, node: str | None = None) -> list[Key]:
        """Keys of the live elements of a case, of one model id where given."""
        live = self.case(case)
        if live is None:
            return []
        nodes = self.runtime.library.executable(live.process).nodes
        return [inside(live.key, e.id) for e in live.elements.values() if node in (None, nodes[e.node].id)]


def _exact(variables: Json | None) -> dict[str, Any]:
    exacted: dict[str, Any] = exact(dict(variables)) if variables else {}
    return exacted

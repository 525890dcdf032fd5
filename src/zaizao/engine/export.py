"""The journal as an event log: a live process can be mined the minute it runs.

Rule kept: one row is one execution of an activity (task or call activity; gateways, events and sub-processes leave no
row). ``enabled`` is when the activity began to wait, ``start`` when a worker or person took it (the same where nobody
did), ``end`` when it completed. The resource is the worker or the assignee; ``automatic`` is true where no person had
a part. Executions that were terminated have the lifecycle ``ate_abort``, completed ones ``complete`` (IEEE 1849-2016).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from zaizao import bpmn
from zaizao.engine import records as r
from zaizao.engine.executable import Executable, compile_process
from zaizao.engine.keys import inside
from zaizao.engine.records import Record
from zaizao.eventlog import EventLog, from_columns


@dataclass(slots=True)
class _Run:
    """One activity execution as far as it is known."""

    case: int
    node: int
    enabled: int
    start: int = 0
    resource: str | None = None
    automatic: bool = True


@dataclass(slots=True)
class _Rows:
    """The columns of the log."""

    case: list[str] = field(default_factory=list)
    activity: list[str] = field(default_factory=list)
    enabled: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    resource: list[str | None] = field(default_factory=list)
    lifecycle: list[str] = field(default_factory=list)
    automatic: list[bool] = field(default_factory=list)

    def add(self, run: _Run, activity: str, end: int, lifecycle: str) -> None:
        self.case.append(str(run.case))
        self.activity.append(activity)
        self.enabled.append(run.enabled)
        self.start.append(run.start or run.enabled)
        self.end.append(end)
        self.resource.append(run.resource)
        self.lifecycle.append(lifecycle)
        self.automatic.append(run.automatic)


class _Exporter:
    """Follows the journal and writes a row whenever an activity ends."""

    def __init__(self) -> None:
        self.processes: dict[int, Executable] = {}
        self.process_of: dict[int, Executable] = {}
        self.runs: dict[int, _Run] = {}
        self.rows = _Rows()
        self.case_rows: dict[int, tuple[int, str, str]] = {}

    def take(self, record: Record) -> None:
        event = record.event
        match event:
            case r.Deployed(kind="process"):
                self.deployed(event)
            case r.CaseCreated():
                self.created(record, event)
            case r.CaseMigrated():
                self.migrated(record, event)
            case r.ElementActivated():
                self.activated(record, event)
            case r.JobsActivated():
                self.taken(record, event)
            case r.TaskCreated() | r.TaskAssigned():
                self.assigned(record, event)
            case r.TaskCompleted():
                self.done_by(record, event)
            case r.ElementCompleted():
                self.ended(record, event.id, "complete")
            case r.ElementTerminated():
                self.ended(record, event.id, "ate_abort")

    def deployed(self, event: r.Deployed) -> None:
        definitions = bpmn.read(event.source.encode())
        process = next(process for process in definitions.processes if process.id == event.name)
        self.processes[event.key] = compile_process(definitions, process, event.key, event.version)

    def migrated(self, record: Record, event: r.CaseMigrated) -> None:
        self.process_of[record.case] = self.processes[event.process]
        for run in self.runs.values():
            if run.case == record.case:
                run.node = event.nodes[run.node]

    def taken(self, record: Record, event: r.JobsActivated) -> None:
        for key in event.keys:
            if key in self.runs:
                self.runs[key].start, self.runs[key].resource = record.at, event.worker or None

    def done_by(self, record: Record, event: r.TaskCompleted) -> None:
        run = self.runs.get(inside(record.case, event.id))
        if run is not None:
            run.automatic, run.resource = False, event.by or run.resource

    def created(self, record: Record, event: r.CaseCreated) -> None:
        self.process_of[record.case] = self.processes[event.process]
        self.case_rows[record.case] = (record.at, self.process_of[record.case].id, event.business_id)

    def activated(self, record: Record, event: r.ElementActivated) -> None:
        node = self.process_of[record.case].nodes[event.node]
        if isinstance(node.source, bpmn.Task | bpmn.CallActivity):
            if (
                node.loop is not None
                and event.index == 0
                and not (event.variables and "loopCounter" in event.variables)
            ):
                return  # the body of a loop: its runs have rows
            self.runs[inside(record.case, event.id)] = _Run(record.case, event.node, record.at)

    def assigned(self, record: Record, event: r.TaskCreated | r.TaskAssigned) -> None:
        run = self.runs.get(inside(record.case, event.id))
        if run is not None:
            run.automatic = False
            run.resource = event.assignee
            if isinstance(event, r.TaskAssigned) and event.assignee is not None:
                run.start = record.at

    def ended(self, record: Record, element: int, lifecycle: str) -> None:
        run = self.runs.pop(inside(record.case, element), None)
        if run is not None:
            node = self.process_of[run.case].nodes[run.node]
            self.rows.add(run, node.name or node.id, record.at, lifecycle)


def to_log(records: Iterable[Record], *, zone: str = "Asia/Shanghai", source: str = "journal") -> EventLog:
    """The journal as an event log. ``records`` start at the beginning: deployments are read from them too."""
    exporter = _Exporter()
    for record in records:
        exporter.take(record)
    rows = exporter.rows
    cases = pl.Series(rows.case, dtype=pl.String)
    names = cases.unique(maintain_order=True)
    facts = [exporter.case_rows[int(name)] for name in names]
    return from_columns(
        case=cases,
        activity=rows.activity,
        start=np.array(rows.start, dtype=np.int64),
        end=np.array(rows.end, dtype=np.int64),
        resource=rows.resource,
        lifecycle=rows.lifecycle,
        case_table=pl.DataFrame(
            {
                "created": pl.Series([fact[0] for fact in facts], dtype=pl.Int64),
                "process": pl.Series([fact[1] for fact in facts], dtype=pl.String),
                "business_id": pl.Series([fact[2] for fact in facts], dtype=pl.String),
            }
        ),
        event_table=pl.DataFrame(
            {
                "enabled": pl.Series(rows.enabled, dtype=pl.Int64),
                "automatic": pl.Series(rows.automatic, dtype=pl.Boolean),
            }
        ),
        zone=zone,
        source=source,
    )

"""Deploying: a checked text becomes a version.

Rule kept: a model that cannot run is refused whole, with every problem that ``bpmn.check`` or compiling finds; the
same text as the latest version is no new version. A new version takes over its predecessor's message, signal, timer
and conditional starts; running cases stay on theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from zaizao import bpmn, dmn
from zaizao.engine import commands as c, records as r
from zaizao.engine.carrying import FIRST
from zaizao.engine.errors import CommandRejected, DeploymentRefused, problem
from zaizao.engine.executable import Executable, Node, Trigger, TriggerKind, compile_process
from zaizao.engine.expressions import ExpressionFailed, at_time
from zaizao.engine.keys import CaseKey, case_key
from zaizao.engine.library import digest
from zaizao.engine.parcels import Definition
from zaizao.engine.records import Variables, WaitKind
from zaizao.engine.state import Case
from zaizao.engine.stores import DefinitionRow, StartRow
from zaizao.engine.waits import calendar_named, timer_due

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment made known, new or as it was: processes and decision models by definition row."""

    processes: tuple[DefinitionRow, ...]
    decisions: tuple[DefinitionRow, ...]


class Origin(NamedTuple):
    """Where a definition came from: the file's name, and the key of the deployment (0: its own)."""

    file: str = ""
    deployment: int = 0


def deploy(
    runtime: Runtime,
    definitions: bpmn.Definitions | None,
    decisions: Sequence[dmn.Definitions],
    origin: Origin,
) -> Deployment:
    """Deploy all, or refuse all."""
    if runtime.partition != FIRST and runtime.partitions > 1:
        raise CommandRejected("invalid", f"deployments begin in partition {FIRST}")
    with runtime.batch():
        several = len(decisions) + len(definitions.processes if definitions else ()) > 1
        if several and not origin.deployment:
            origin = origin._replace(deployment=new_key(runtime))
        models = tuple(_deploy_decisions(runtime, model, origin) for model in decisions)
        if definitions is None:
            return Deployment((), models)
        errors = bpmn.errors_of(definitions)
        if errors:
            raise DeploymentRefused(errors)
        source = bpmn.write(definitions).decode()
        definitions = bpmn.read(source.encode())  # what is stored is what runs, now and after a restart
        runnable = [process for process in definitions.processes if process.executable]
        if not runnable:
            words = problem("deployment", "没有可执行的流程", "no executable process", "no-process")
            raise DeploymentRefused(words)
        rows = tuple(_deploy_process(runtime, definitions, process, source, origin) for process in runnable)
        return Deployment(rows, models)


def _deploy_process(
    runtime: Runtime, definitions: bpmn.Definitions, process: bpmn.Process, source: str, origin: Origin
) -> DefinitionRow:
    versions = runtime.library.versions(process.id)
    if versions and versions[-1].digest == digest(source):
        return versions[-1]
    key = new_key(runtime)
    executable = compile_process(definitions, process, key, len(versions) + 1)
    row = _record(
        runtime,
        "process",
        process.id,
        executable.version,
        source,
        origin,
        key=key,
        version_tag=process.version_tag,
        title=process.name,
    )
    _take_over(runtime, executable)
    return row


def adopt(runtime: Runtime, parcel: Definition) -> None:
    """Know a definition that another partition deployed, under the same key and version."""
    _note(runtime, parcel)
    runtime.library.refresh()
    if parcel.kind == "process":
        _take_over(runtime, runtime.library.executable(parcel.key))


def _take_over(runtime: Runtime, executable: Executable) -> None:
    """From now on this version's start events wait, and those of the one before do not."""
    for old in runtime.store.find(StartRow, {"process_id": executable.id}):
        runtime.note(r.StartDisarmed(old.key))
    runtime.library.added(executable)
    for index in executable.nodes[0].starts:
        for node in _waiting_starts(executable, executable.nodes[index]):
            for place, trigger in enumerate(node.triggers):
                _arm_start(runtime, executable, node, place, trigger)


def _waiting_starts(process: Executable, start: Node) -> list[Node]:
    """The events that start a case at ``start``: itself, or those behind an event-based gateway that instantiates."""
    if start.kind != bpmn.GatewayKind.EVENT_BASED.value:
        return [start]
    return [process.nodes[process.flows[flow].target] for flow in start.outgoing]


def _deploy_decisions(runtime: Runtime, model: dmn.Definitions, origin: Origin) -> DefinitionRow:
    source = dmn.write(model).decode()
    name = model.id or model.name
    versions = runtime.store.find(DefinitionRow, {"kind": "decisions", "name": name})
    if versions and versions[-1].digest == digest(source):
        return versions[-1]
    dmn.compile(model)
    row = _record(runtime, "decisions", name, len(versions) + 1, source, origin, title=model.name)
    for element in model.elements:
        if isinstance(element, dmn.Decision):
            version = len(runtime.store.find(DefinitionRow, {"kind": "decision", "name": element.id})) + 1
            _record(runtime, "decision", element.id, version, "", origin, title=element.name, model=row.key)
    runtime.library.decisions.forget()
    return row


def deploy_text(runtime: Runtime, kind: str, name: str, source: str, origin: Origin) -> DefinitionRow:
    """Keep a form or another resource; the same text again is no new version."""
    with runtime.batch():
        versions = runtime.store.find(DefinitionRow, {"kind": kind, "name": name})
        if versions and versions[-1].digest == digest(source):
            return versions[-1]
        return _record(runtime, kind, name, len(versions) + 1, source, origin)


def remove(runtime: Runtime, row: DefinitionRow) -> None:
    """Forget a definition, with its decisions and start events."""
    inner = runtime.store.find(DefinitionRow, {"model": row.key}) if row.kind == "decisions" else []
    for start in runtime.store.find(StartRow, {"process_id": row.name}) if row.kind == "process" else []:
        if start.process == row.key:
            runtime.note(r.StartDisarmed(start.key))
    for one in (*inner, row):
        runtime.note(r.Removed(one.key))
    runtime.library.forget()


def new_key(runtime: Runtime) -> CaseKey:
    """A key that nothing has yet."""
    return case_key(runtime.partition, runtime.store.next_number())


def _record(
    runtime: Runtime,
    kind: str,
    name: str,
    version: int,
    source: str,
    origin: Origin,
    *,
    key: int = 0,
    version_tag: str | None = None,
    title: str = "",
    model: int = 0,
) -> DefinitionRow:
    key = key or new_key(runtime)
    known = title or origin.file or origin.deployment or model
    described = (title, origin.file, origin.deployment or key if known else 0, model)
    definition = Definition(key, kind, name, version, version_tag, source, digest(source), *described)
    _note(runtime, definition)
    runtime.send_all(definition)
    row = runtime.store.get(DefinitionRow, key)
    assert row is not None
    return row


def _note(runtime: Runtime, one: Definition) -> None:
    """Record a definition, deployed here or elsewhere."""
    runtime.note(r.Deployed(one.key, one.kind, one.name, one.version, one.version_tag, one.source, one.digest))
    if one.deployment:
        runtime.note(r.Described(one.key, one.title, one.file, one.deployment, one.model))


def start_on_conditions(runtime: Runtime, variables: Variables, process_id: str | None = None) -> list[CaseKey]:
    """Start a case at every conditional start event whose condition ``variables`` make true; the cases.

    A condition that has no value with these variables is not true.
    """
    with runtime.batch():
        begun = []
        for start in runtime.library.starts("condition", ""):
            if process_id not in (None, start.process_id):
                continue
            process = runtime.library.executable(start.process)
            expression = process.nodes[start.node].triggers[start.definition].expression
            try:
                with at_time(runtime.clock.now(), runtime.zone):
                    holds = expression is not None and expression.truth(Case(0, process.key), -1, variables)
            except ExpressionFailed:
                continue
            if holds:
                begun.append(runtime.create(process, c.Start(dict(variables), start.node)))
        return begun


def _arm_start(runtime: Runtime, process: Executable, node: Node, place: int, trigger: Trigger) -> None:
    """Let a start event of ``process`` wait."""
    blank = Case(0, process.key)
    try:
        kind, name, due, remaining, cycle = WaitKind.MESSAGE, "", 0, 0, ""
        if trigger.kind is TriggerKind.TIMER:
            value = trigger.expression.evaluate(blank, -1) if trigger.expression else None
            calendar = calendar_named(node, runtime.calendars)
            timer = timer_due(trigger, value, runtime.clock.now(), runtime.zone, calendar)
            if timer is None:
                return
            kind, due, remaining, cycle = WaitKind.TIMER, timer.at, timer.remaining, timer.cycle
        elif trigger.kind in (TriggerKind.MESSAGE, TriggerKind.SIGNAL):
            kind = WaitKind.MESSAGE if trigger.kind is TriggerKind.MESSAGE else WaitKind.SIGNAL
            name = trigger.name.evaluate(blank, -1) if trigger.name else ""
        elif trigger.kind is TriggerKind.CONDITION:
            kind = WaitKind.CONDITION
        else:
            return
        if kind is not WaitKind.MESSAGE and runtime.partition != FIRST:
            return  # one timer, one signal: one case, in the first partition
    except ExpressionFailed as failure:
        words = str(failure)
        raise DeploymentRefused(problem(f"{process.id}: {node.id}", words, words, "start-event")) from failure
    key = new_key(runtime)
    runtime.note(r.StartArmed(key, process.key, process.id, node.index, place, kind, name, due, remaining, cycle))

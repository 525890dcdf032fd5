"""Deploying: a checked text becomes a version.

Rule kept: a model that cannot run is refused whole, with every problem; the same text as the latest version is no new
version. A new version takes over its predecessor's message, signal and timer starts; running cases stay on theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zaizao import bpmn, dmn
from zaizao.engine import records as r
from zaizao.engine.carrying import FIRST
from zaizao.engine.errors import CommandRejected, DeploymentRefused, problem
from zaizao.engine.executable import Executable, Node, Trigger, TriggerKind, compile_process
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.keys import case_key
from zaizao.engine.library import digest
from zaizao.engine.parcels import Definition
from zaizao.engine.records import WaitKind
from zaizao.engine.state import Case
from zaizao.engine.stores import DefinitionRow, StartRow
from zaizao.engine.waits import timer_due

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment made known, new or as it was: processes and decision models by definition row."""

    processes: tuple[DefinitionRow, ...]
    decisions: tuple[DefinitionRow, ...]


def deploy(runtime: Runtime, definitions: bpmn.Definitions | None, decisions: Sequence[dmn.Definitions]) -> Deployment:
    """Deploy all, or refuse all."""
    if runtime.partition != FIRST and runtime.partitions > 1:
        raise CommandRejected("invalid", f"deployments begin in partition {FIRST}")
    with runtime.batch():
        models = tuple(_deploy_decisions(runtime, model) for model in decisions)
        if definitions is None:
            return Deployment((), models)
        source = bpmn.write(definitions).decode()
        definitions = bpmn.read(source.encode())  # what is stored is what runs, now and after a restart
        runnable = [process for process in definitions.processes if process.executable]
        if not runnable:
            words = problem("deployment", "没有可执行的流程", "no executable process", "no-process")
            raise DeploymentRefused(words)
        rows = tuple(_deploy_process(runtime, definitions, process, source) for process in runnable)
        return Deployment(rows, models)


def _deploy_process(
    runtime: Runtime, definitions: bpmn.Definitions, process: bpmn.Process, source: str
) -> DefinitionRow:
    versions = runtime.library.versions(process.id)
    if versions and versions[-1].digest == digest(source):
        return versions[-1]
    key = case_key(runtime.partition, runtime.store.next_number())
    executable = compile_process(definitions, process, key, len(versions) + 1)
    row = _record(runtime, key, "process", process.id, executable.version, process.version_tag, source)
    _take_over(runtime, executable)
    return row


def adopt(runtime: Runtime, parcel: Definition) -> None:
    """Know a definition that another partition deployed, under the same key and version."""
    runtime.note(r.Deployed(*(getattr(parcel, name) for name in parcel.__struct_fields__)))
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


def _deploy_decisions(runtime: Runtime, model: dmn.Definitions) -> DefinitionRow:
    source = dmn.write(model).decode()
    versions = runtime.store.find(DefinitionRow, {"kind": "decisions", "name": model.name})
    if versions and versions[-1].digest == digest(source):
        return versions[-1]
    runtime.library.models()
    runtime.library.add_decisions(model, len(versions) + 1)
    key = case_key(runtime.partition, runtime.store.next_number())
    return _record(runtime, key, "decisions", model.name, len(versions) + 1, None, source)


def _record(
    runtime: Runtime, key: int, kind: str, name: str, version: int, version_tag: str | None, source: str
) -> DefinitionRow:
    event = r.Deployed(key, kind, name, version, version_tag, source, digest(source))
    runtime.note(event)
    runtime.send_all(Definition(*(getattr(event, field) for field in Definition.__struct_fields__)))
    row = runtime.store.get(DefinitionRow, key)
    assert row is not None
    return row


def _arm_start(runtime: Runtime, process: Executable, node: Node, place: int, trigger: Trigger) -> None:
    """Let a start event of ``process`` wait."""
    blank = Case(0, process.key)
    try:
        kind, name, due, remaining, cycle = WaitKind.MESSAGE, "", 0, 0, ""
        if trigger.kind is TriggerKind.TIMER:
            value = trigger.expression.evaluate(blank, -1) if trigger.expression else None
            timer = timer_due(trigger, value, runtime.clock.now(), runtime.zone)
            if timer is None:
                return
            kind, due, remaining, cycle = WaitKind.TIMER, timer.at, timer.remaining, timer.cycle
        elif trigger.kind in (TriggerKind.MESSAGE, TriggerKind.SIGNAL):
            kind = WaitKind.MESSAGE if trigger.kind is TriggerKind.MESSAGE else WaitKind.SIGNAL
            name = trigger.name.evaluate(blank, -1) if trigger.name else ""
        else:
            return
        if kind is not WaitKind.MESSAGE and runtime.partition != FIRST:
            return  # one timer, one signal: one case, in the first partition
    except ExpressionFailed as failure:
        words = str(failure)
        raise DeploymentRefused(problem(f"{process.id}: {node.id}", words, words, "start-event")) from failure
    key = case_key(runtime.partition, runtime.store.next_number())
    runtime.note(r.StartArmed(key, process.key, process.id, node.index, place, kind, name, due, remaining, cycle))

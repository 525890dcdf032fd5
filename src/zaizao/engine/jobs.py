"""Handing jobs to workers.

Rule kept: a job is held by one worker until its deadline; then it is available again (at least once, never lost).
Who holds a job is the partition's business, not the case's: the case learns only how the job ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from zaizao import bpmn
from zaizao.engine import records as r
from zaizao.engine.errors import CommandRejected
from zaizao.engine.keys import case_of, inside, local_of
from zaizao.engine.state import Element, HumanTask, element_of, variables_of
from zaizao.engine.stores import JobRow, JobState

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime


class ActivatedJob(NamedTuple):
    """A job in a worker's hands. ``key`` is also its idempotency key; ``deadline`` in µs; ``element`` its element's key.

    A listener's job names its event in ``listener`` (``start``, ``end``, or of a user task ``creating`` …
    ``canceling``); a task listener's job also shows the task as it shall become.
    """

    key: int
    job_type: str
    case: int
    process: int
    process_id: str
    version: int
    node: str
    node_name: str
    headers: Mapping[str, str]
    retries: int
    deadline: int
    worker: str
    priority: int
    variables: dict[str, Any]
    element: int = 0
    listener: str = ""
    task: HumanTask | None = None


def activate(runtime: Runtime, job_type: str, worker: str, limit: int, timeout_us: int) -> list[ActivatedJob]:
    """Give ``worker`` up to ``limit`` jobs of ``job_type``."""
    with runtime.batch():
        free_expired(runtime)
        rows = runtime.store.jobs_available(job_type, limit)
        if not rows:
            return []
        deadline = runtime.clock.now() + timeout_us
        runtime.note(r.JobsActivated(worker, deadline, tuple(row.key for row in rows)))
        return [_described(runtime, row, worker, deadline) for row in rows]


def take(runtime: Runtime, key: int, worker: str, timeout_us: int) -> ActivatedJob:
    """Give ``worker`` the very job ``key``, if it is free; raises ``CommandRejected``."""
    with runtime.batch():
        free_expired(runtime)
        row = runtime.store.get(JobRow, key)
        if row is None or row.state is not JobState.AVAILABLE:
            raise CommandRejected("not-available", f"job {key} is not there to be taken", key)
        deadline = runtime.clock.now() + timeout_us
        runtime.note(r.JobsActivated(worker, deadline, (key,)))
        return _described(runtime, row, worker, deadline)


def _described(runtime: Runtime, row: JobRow, worker: str, deadline: int) -> ActivatedJob:
    case = runtime.case(case_of(row.key))
    assert case is not None, f"job {row.key} without a case"
    process = runtime.library.executable(case.process)
    element = element_of(case, local_of(row.key))
    assert element is not None, f"job {row.key} without an element"
    node = process.nodes[element.node]
    listening = element.listening if local_of(row.key) in case.listeners else None
    model = getattr(node.source, "job", None)
    headers = model.headers if isinstance(model, bpmn.Job) else {}
    return ActivatedJob(
        row.key,
        row.job_type,
        case.key,
        process.key,
        process.id,
        process.version,
        node.id,
        node.name,
        headers,
        row.retries,
        deadline,
        worker,
        row.priority,
        variables_of(case, element.id),
        inside(case.key, element.id),
        listening.event if listening is not None else "",
        _wanted(element) if listening is not None and element.task is not None else None,
    )


def _wanted(element: Element) -> HumanTask | None:
    """The task as the change that waits would make it."""
    task = element.task
    if task is None or task.wanted is None:
        return task
    wanted = task.wanted
    return HumanTask(
        wanted.assignee,
        wanted.groups,
        wanted.users,
        wanted.due,
        wanted.follow_up,
        wanted.priority,
        task.form,
        task.changing,
        wanted,
    )


def free_expired(runtime: Runtime) -> int:
    """Jobs whose worker or back-off is over become available; how many."""
    rows = runtime.store.jobs_expired(runtime.clock.now())
    if rows:
        runtime.note(r.JobsTimedOut(tuple(row.key for row in rows)))
    return len(rows)

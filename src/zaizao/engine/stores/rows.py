"""The rows that queries read, one named tuple a table. The first column is the key.

Rule kept: rows are projections: each follows from the journal alone. Times are µs UTC, 0 where none. Keys are the
63-bit keys of ``keys.py``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple


class CaseState(StrEnum):
    """What became of a case."""

    ACTIVE = "active"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class JobState(StrEnum):
    """A job waits for a worker, is held by one, waits for its back-off, or has no retries left."""

    AVAILABLE = "available"
    ACTIVATED = "activated"
    BACK_OFF = "back-off"
    FAILED = "failed"


class DefinitionRow(NamedTuple):
    """A deployed definition; ``kind`` is ``process``, ``decisions`` (a model), ``decision`` (one of it), ``form`` or
    ``resource``. ``model`` is the key of a decision's model, ``file`` the name of the file that it came in.
    """

    key: int
    kind: str
    name: str
    version: int
    version_tag: str | None
    source: str
    digest: str
    deployed: int
    title: str
    file: str
    deployment: int
    model: int


class CaseRow(NamedTuple):
    """A case; ``parent`` is the key of the calling element, ``lock`` the correlation key that started it."""

    key: int
    process: int
    process_id: str
    version: int
    state: CaseState
    started: int
    ended: int
    parent: int
    business_id: str
    lock: str
    incidents: int
    tags: str


class JobRow(NamedTuple):
    """Machine work; ``deadline`` is when it becomes available by itself."""

    key: int
    job_type: str
    state: JobState
    priority: int
    deadline: int
    retries: int
    worker: str
    node: str
    process: int
    created: int


class TaskRow(NamedTuple):
    """Human work; ``state`` is created, completed or canceled."""

    key: int
    state: str
    node: str
    name: str
    process: int
    process_id: str
    assignee: str | None
    groups: str
    users: str
    due: int
    follow_up: int
    priority: int
    form: str
    created: int
    ended: int
    case: int


class TimerRow(NamedTuple):
    """An armed timer of an element."""

    key: int
    due: int
    element: int


class SubscriptionRow(NamedTuple):
    """An element that waits for a message or signal."""

    key: int
    kind: str
    name: str
    correlation: str
    element: int
    process_id: str
    process: int
    node: str
    armed: int


class StartRow(NamedTuple):
    """A start event that waits; ``due`` for timers."""

    key: int
    kind: str
    name: str
    due: int
    process: int
    process_id: str
    node: int
    definition: int
    remaining: int
    cycle: str


class MessageRow(NamedTuple):
    """A buffered message; ``taken`` lists the processes that had it (JSON), ``variables`` is JSON."""

    key: int
    name: str
    correlation: str
    expires: int
    message_id: str
    variables: bytes
    taken: str


class IncidentRow(NamedTuple):
    """An open incident."""

    key: int
    element: int
    node: str
    process: int
    kind: str
    message: str
    raised: int


class ParcelRow(NamedTuple):
    """Something for partition ``receiver`` that it has not asked to forget; ``body`` is JSON."""

    key: int
    receiver: int
    body: bytes


class MarkRow(NamedTuple):
    """Up to which parcel of partition ``sender`` (the key) this one has come."""

    key: int
    taken: int


class ElementRow(NamedTuple):
    """History: one execution of an element; ``kind`` is the node's, or ``loop``; ``incident`` the open one's key."""

    key: int
    scope: int
    process: int
    process_id: str
    node: str
    name: str
    kind: str
    state: str
    started: int
    ended: int
    incident: int
    case: int


class VariableRow(NamedTuple):
    """History: a variable of element ``scope`` with its last ``value`` as JSON."""

    key: int
    scope: int
    name: str
    value: str
    changed: int


class PastJobRow(NamedTuple):
    """History: a job, done or not; ``state`` is what happened to it last, ``listener`` the event of a listener's job."""

    key: int
    job_type: str
    state: str
    process: int
    process_id: str
    node: str
    worker: str
    retries: int
    priority: int
    deadline: int
    error_code: str
    error_message: str
    created: int
    changed: int
    ended: int
    element: int
    listener: str


class PastIncidentRow(NamedTuple):
    """History: an incident, open while ``ended`` is 0; ``job`` where a job is what stopped."""

    key: int
    element: int
    node: str
    process: int
    process_id: str
    kind: str
    message: str
    job: int
    raised: int
    ended: int
    case: int


class DecisionRow(NamedTuple):
    """History: a decision that took part in an evaluation (``evaluation``: the key of its first row)."""

    key: int
    evaluation: int
    place: int
    decision: int
    decision_id: str
    name: str
    version: int
    kind: str
    root: int
    requirements: int
    element: int
    process: int
    output: str
    failure: str
    inputs: str
    rules: str
    at: int


class FollowedRow(NamedTuple):
    """The journal's position up to which history is written; one row, key 1."""

    key: int
    position: int


class Entry(NamedTuple):
    """What one command did to one case: its events in order, from ``position`` on."""

    position: int
    case: int
    at: int
    events: list[Any]


ROWS: tuple[type[Any], ...] = (
    DefinitionRow,
    CaseRow,
    JobRow,
    TaskRow,
    TimerRow,
    SubscriptionRow,
    StartRow,
    MessageRow,
    IncidentRow,
    ParcelRow,
    MarkRow,
    ElementRow,
    VariableRow,
    PastJobRow,
    PastIncidentRow,
    DecisionRow,
    FollowedRow,
)

HISTORY = frozenset({ElementRow, VariableRow, PastJobRow, PastIncidentRow, DecisionRow})
"""Rows that follow the journal at a distance (``history.py``)."""

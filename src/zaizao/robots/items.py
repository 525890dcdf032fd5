"""Work items of robots and their lifecycle, as a table.

Rule kept: only the transitions of ``NEXT`` happen; a reference is unique in its queue, so the same work is never queued
twice; an item that was finished is never taken again. Times are µs UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ItemState(StrEnum):
    """Where an item stands."""

    WAITING = "waiting"
    """For a robot, not before its time."""
    RUNNING = "running"
    """Leased to a robot until its lease ends."""
    DONE = "done"
    REFUSED = "refused"
    """Ended by a business exception: a person's matter now."""
    FAILED = "failed"
    """No attempts left."""
    CANCELED = "canceled"


class Happening(StrEnum):
    """What may happen to an item."""

    TAKEN = "taken"
    FINISHED = "finished"
    BUSINESS_EXCEPTION = "business-exception"
    SYSTEM_EXCEPTION = "system-exception"
    LAST_SYSTEM_EXCEPTION = "last-system-exception"
    LEASE_OVER = "lease-over"
    LAST_LEASE_OVER = "last-lease-over"
    RETRIED = "retried"
    CANCELED = "canceled"
    MOVED = "moved"


NEXT: dict[tuple[ItemState, Happening], ItemState] = {
    (ItemState.WAITING, Happening.TAKEN): ItemState.RUNNING,
    (ItemState.WAITING, Happening.CANCELED): ItemState.CANCELED,
    (ItemState.WAITING, Happening.MOVED): ItemState.WAITING,
    (ItemState.RUNNING, Happening.FINISHED): ItemState.DONE,
    (ItemState.RUNNING, Happening.BUSINESS_EXCEPTION): ItemState.REFUSED,
    (ItemState.RUNNING, Happening.SYSTEM_EXCEPTION): ItemState.WAITING,
    (ItemState.RUNNING, Happening.LAST_SYSTEM_EXCEPTION): ItemState.FAILED,
    (ItemState.RUNNING, Happening.LEASE_OVER): ItemState.WAITING,
    (ItemState.RUNNING, Happening.LAST_LEASE_OVER): ItemState.FAILED,
    (ItemState.REFUSED, Happening.RETRIED): ItemState.WAITING,
    (ItemState.FAILED, Happening.RETRIED): ItemState.WAITING,
    (ItemState.REFUSED, Happening.CANCELED): ItemState.CANCELED,
    (ItemState.FAILED, Happening.CANCELED): ItemState.CANCELED,
}
"""The lifecycle: what is not here is refused."""

ENDED = frozenset({ItemState.DONE, ItemState.CANCELED})
"""States that nothing leads out of."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """Work to be queued: ``reference`` is unique in the queue, ``payload`` JSON, a lower ``priority`` comes later."""

    reference: str
    payload: dict[str, Any]
    priority: int = 50
    not_before: int = 0
    due: int = 0
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A queued item; ``attempt`` counts from 1 once it was taken, ``lease`` ends at a time, ``fence`` tells leases apart."""

    id: int
    queue: str
    reference: str
    payload: dict[str, Any]
    state: ItemState
    priority: int
    not_before: int
    due: int
    attempt: int
    attempts: int
    lease: int
    fence: int
    robot: str
    result: dict[str, Any]
    error: str
    created: int
    changed: int


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at an item: when, by whom, how it ended, where its evidence lies."""

    item: int
    queue: str
    reference: str
    robot: str
    attempt: int
    started: int
    ended: int
    outcome: Happening
    error: str
    evidence: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue and its load."""

    name: str
    paused: bool
    draining: bool
    counts: dict[ItemState, int]
    late: int
    """Waiting items past their due time."""

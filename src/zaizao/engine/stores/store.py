"""What the runtime asks of a store.

Rule kept: everything between ``commit`` and ``commit`` becomes durable together or not at all; reads see what was
written before in the same transaction. One writer. One test suite runs over every implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from zaizao.engine.state import Case
from zaizao.engine.stores.query import Condition, Search
from zaizao.engine.stores.rows import Entry, JobRow, MessageRow, StartRow, SubscriptionRow, TimerRow

R = TypeVar("R", bound=tuple[Any, ...])


class Store(Protocol):
    """A partition's memory."""

    ready: set[str]
    """Types of jobs that have become available; who looks takes them out."""
    soonest: int | None
    """When the first of what was armed since this was last set is due (µs UTC); the asker sets it."""
    read_only: bool
    """A second way in that cannot write."""
    outdated: bool
    """The rows are those of another version: ``rebuilding.renew`` makes them again."""

    def next_number(self) -> int:
        """The next free case number, taken."""

    def last_number(self) -> int:
        """The last case number taken."""

    def length(self) -> int:
        """The number of records in the journal."""

    def append(self, case: int, at: int, events: list[Any]) -> int:
        """Add an entry to the journal; returns the position of its first record."""

    def journal(self, start: int = 0, case: int | None = None) -> Iterator[Entry]:
        """Entries in order, from position ``start``; of one ``case`` where given (0: the partition itself)."""

    def verify(self) -> int:
        """Check the journal's chain; returns the number of records or raises ``JournalBroken``."""

    def load_case(self, key: int) -> Case | None:
        """The waiting case, or ``None``."""

    def save_case(self, case: Case) -> None:
        """Keep the case as it is now; one that ended is not kept."""

    def get(self, table: type[R], key: int) -> R | None:
        """The row with ``key``."""

    def put(self, row: tuple[Any, ...]) -> None:
        """Insert or replace the row with the same key in its table."""

    def delete(self, table: type[Any], key: int) -> None:
        """Remove the row with ``key``, if there."""

    def find(
        self, table: type[R], where: Mapping[str, Any] | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[R]:
        """Rows whose columns equal ``where``, by key, with keys greater than ``after``."""

    def count(self, table: type[Any], where: Mapping[str, Any] | None = None) -> int:
        """How many rows have the columns of ``where``."""

    def search(self, search: Search) -> list[Any]:
        """The rows that ``search`` describes, in its order."""

    def total(self, table: type[Any], where: Sequence[Condition], most: int) -> int:
        """How many rows meet the conditions, counted up to ``most``."""

    def tally(self, table: type[Any], where: Sequence[Condition], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """The combinations of values of ``columns`` among the rows that meet the conditions, each with its count."""

    def jobs_available(self, job_type: str, limit: int) -> list[JobRow]:
        """Jobs that a worker can take: high priority first, then in order of creation."""

    def jobs_expired(self, now: int) -> list[JobRow]:
        """Jobs held or backed off until ``now`` or before."""

    def timers_due(self, now: int, limit: int) -> list[TimerRow]:
        """Timers due by ``now``, earliest first."""

    def starts_due(self, now: int) -> list[StartRow]:
        """Timed starts due by ``now``, earliest first."""

    def first_due(self) -> int | None:
        """When the next timer, timed start or job deadline is due."""

    def subscriptions(self, kind: str, name: str, correlation: str | None = None) -> list[SubscriptionRow]:
        """Who waits for ``name``, oldest first."""

    def messages(self, name: str, correlation: str) -> list[MessageRow]:
        """Buffered messages, oldest first."""

    def messages_expired(self, now: int) -> list[MessageRow]:
        """Buffered messages whose time is over."""

    def begin(self) -> bool:
        """Before a batch: whether others may have written since the last one, so that what is cached is outdated."""

    def commit(self) -> None:
        """Make everything since the last commit durable."""

    def rollback(self) -> None:
        """Forget everything since the last commit."""

    def clear_rows(self) -> None:
        """Drop every row and waiting case; they follow from the journal."""

    def renewed(self) -> None:
        """The rows are those of this version's layout."""

    def reader(self) -> Store | None:
        """A second way in for reading, where there is one: it sees what is committed and disturbs nobody."""

    def close(self) -> None:
        """Let go of files."""


def entries_of(journal: Iterable[Entry], case: int) -> list[Any]:
    """All events of ``case``, in order."""
    return [event for entry in journal if entry.case == case for event in entry.events]

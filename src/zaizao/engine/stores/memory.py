"""The store in memory: for tests, rehearsals and simulation. Nothing survives the process.

Rule kept: the same answers as the durable stores. Cases are kept as they are, not encoded; when a transaction is
rolled back, the cases that it touched are made again from the journal.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from zaizao.engine.apply import replay
from zaizao.engine.state import Case
from zaizao.engine.stores.query import Condition, Search, behind, in_order, matcher
from zaizao.engine.stores.rows import (
    ROWS,
    CaseRow,
    DefinitionRow,
    Entry,
    JobRow,
    JobState,
    MessageRow,
    StartRow,
    SubscriptionRow,
    TaskRow,
    TimerRow,
)
from zaizao.engine.stores.store import R

GROUPED: dict[type[Any], tuple[str, ...]] = {
    CaseRow: ("state", "parent", "lock"),
    TaskRow: ("state",),
    DefinitionRow: ("name",),
    StartRow: ("name",),
    SubscriptionRow: ("name",),
    MessageRow: ("name",),
}
"""Columns by which rows are also found without looking at all of them."""
DUE = (TimerRow, JobRow, StartRow)
"""Rows that may fall due."""


class MemoryStore:
    """A partition's memory in dictionaries, with the few indices that the runtime's queries need."""

    def __init__(self) -> None:
        self.ready: set[str] = set()
        self.soonest: int | None = None
        self.read_only = False
        self.outdated = False
        self._tables: dict[type[Any], dict[int, Any]] = {row: {} for row in ROWS}
        self.read_only = False
        self._cases: dict[int, Case] = {}
        self._journal: list[Entry] = []
        self._position = 0
        self._number = 0
        self._committed = (0, 0, 0)
        self._undo: list[tuple[type[Any], int, Any]] = []
        self._touched: dict[int, None] = {}
        self._ready: dict[str, list[tuple[int, int]]] = {}
        self._due: list[tuple[int, int]] = []
        self._held: list[tuple[int, int]] = []
        self._groups: dict[type[Any], list[tuple[int, dict[Any, dict[int, Any]]]]] = {
            table: [(table._fields.index(column), {}) for column in columns] for table, columns in GROUPED.items()
        }

    # --- journal and cases ---

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def last_number(self) -> int:
        return self._number

    def length(self) -> int:
        return self._position

    def append(self, case: int, at: int, events: list[Any]) -> int:
        position = self._position
        self._journal.append(Entry(position, case, at, events))
        self._position += len(events)
        return position

    def journal(self, start: int = 0, case: int | None = None) -> Iterator[Entry]:
        for entry in self._journal:
            if entry.position >= start and (case is None or entry.case == case):
                yield entry

    def verify(self) -> int:
        return self._position

    def load_case(self, key: int) -> Case | None:
        return self._cases.get(key)

    def save_case(self, case: Case) -> None:
        self._touched[case.key] = None
        if case.ended:
            self._cases.pop(case.key, None)
        else:
            self._cases[case.key] = case

    # --- rows ---

    def get(self, table: type[R], key: int) -> R | None:
        row: R | None = self._tables[table].get(key)
        return row

    def put(self, row: tuple[Any, ...]) -> None:
        table = type(row)
        key: int = row[0]
        rows = self._tables[table]
        old = rows.get(key)
        self._undo.append((table, key, old))
        rows[key] = row
        self._index(table, key, old, row)

    def delete(self, table: type[Any], key: int) -> None:
        old = self._tables[table].pop(key, None)
        if old is not None:
            self._undo.append((table, key, old))
            self._index(table, key, old, None)

    def _index(self, table: type[Any], key: int, old: Any, new: Any) -> None:
        if table is JobRow:
            if new is not None and new.state is JobState.AVAILABLE:
                heapq.heappush(self._ready.setdefault(new.job_type, []), (-new.priority, key))
                self.ready.add(new.job_type)
            elif new is not None and new.deadline:
                heapq.heappush(self._held, (new.deadline, key))
        elif table is TimerRow and new is not None:
            heapq.heappush(self._due, (new.due, key))
        for place, groups in self._groups.get(table, ()):
            if old is not None:
                del groups[old[place]][key]
            if new is not None:
                groups.setdefault(new[place], {})[key] = new

    def _candidates(self, table: type[Any], wanted: dict[int, Any]) -> dict[int, Any]:
        """The smallest known group that holds every row with the ``wanted`` values by column."""
        rows = self._tables[table]
        for place, groups in self._groups.get(table, ()):
            if place in wanted:
                group = groups.get(wanted[place], {})
                rows = group if len(group) < len(rows) else rows
        return rows

    def find(
        self, table: type[R], where: Mapping[str, Any] | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[R]:
        wanted = {_place(table, name): value for name, value in (where or {}).items()}
        rows = sorted(
            row
            for key, row in self._candidates(table, wanted).items()
            if key > after and all(row[place] == value for place, value in wanted.items())
        )
        return rows if limit is None else rows[:limit]

    def count(self, table: type[Any], where: Mapping[str, Any] | None = None) -> int:
        return len(self.find(table, where)) if where else len(self._tables[table])

    def search(self, search: Search) -> list[Any]:
        test = matcher(search.where, self._rows)
        rows = in_order((row for row in self._rows(search.table) if test(row)), search)
        if search.after is not None:
            rows = [row for row in rows if behind(row, search)]
        return rows[search.offset :][: search.limit]

    def _rows(self, table: type[Any]) -> Iterable[Any]:
        return self._tables[table].values()

    def total(self, table: type[Any], where: Sequence[Condition], most: int) -> int:
        return min(most, sum(map(matcher(where, self._rows), self._rows(table))))

    def tally(self, table: type[Any], where: Sequence[Condition], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        test = matcher(where, self._rows)
        rows = (row for row in self._rows(table) if test(row))
        counts = Counter(tuple(getattr(row, column) for column in columns) for row in rows)
        return sorted((*values, count) for values, count in counts.items())

    # --- what the runtime asks ---

    def jobs_available(self, job_type: str, limit: int) -> list[JobRow]:
        heap = self._ready.get(job_type, [])
        jobs = self._tables[JobRow]
        found: dict[int, JobRow] = {}
        back = []
        while heap and len(found) < limit:
            entry = heapq.heappop(heap)
            row = jobs.get(entry[1])
            if row is not None and row.state is JobState.AVAILABLE and row.priority == -entry[0]:
                if row.key not in found:
                    back.append(entry)
                found[row.key] = row
        for entry in back:
            heapq.heappush(heap, entry)
        return list(found.values())

    def jobs_expired(self, now: int) -> list[JobRow]:
        jobs = self._tables[JobRow]
        found = {}
        while self._held and self._held[0][0] <= now:
            deadline, key = heapq.heappop(self._held)
            row = jobs.get(key)
            if row is not None and row.deadline == deadline and row.state is not JobState.AVAILABLE:
                found[key] = row
        for key, row in found.items():
            heapq.heappush(self._held, (row.deadline, key))
        return sorted(found.values())

    def timers_due(self, now: int, limit: int) -> list[TimerRow]:
        timers = self._tables[TimerRow]
        found: dict[int, TimerRow] = {}
        while self._due and self._due[0][0] <= now and len(found) < limit:
            due, key = heapq.heappop(self._due)
            row = timers.get(key)
            if row is not None and row.due == due:
                found[key] = row
        for key, row in found.items():
            heapq.heappush(self._due, (row.due, key))
        return sorted(found.values(), key=lambda row: (row.due, row.key))

    def starts_due(self, now: int) -> list[StartRow]:
        due = [row for row in self._tables[StartRow].values() if row.due and row.due <= now]
        return sorted(due, key=lambda row: (row.due, row.key))

    def first_due(self) -> int | None:
        timers, jobs = self._tables[TimerRow], self._tables[JobRow]
        while self._due and (self._due[0][1] not in timers or timers[self._due[0][1]].due != self._due[0][0]):
            heapq.heappop(self._due)
        while self._held and (self._held[0][1] not in jobs or jobs[self._held[0][1]].deadline != self._held[0][0]):
            heapq.heappop(self._held)
        times = [heap[0][0] for heap in (self._due, self._held) if heap]
        times += [row.due for row in self._tables[StartRow].values() if row.due]
        return min(times) if times else None

    def subscriptions(self, kind: str, name: str, correlation: str | None = None) -> list[SubscriptionRow]:
        wanted = {"kind": kind, "name": name}
        return self.find(SubscriptionRow, wanted if correlation is None else wanted | {"correlation": correlation})

    def messages(self, name: str, correlation: str) -> list[MessageRow]:
        return self.find(MessageRow, {"name": name, "correlation": correlation})

    def messages_expired(self, now: int) -> list[MessageRow]:
        return sorted(row for row in self._tables[MessageRow].values() if row.expires <= now)

    # --- transactions ---

    def begin(self) -> bool:
        return False

    def commit(self) -> None:
        for table, _, _ in self._undo:
            if table in DUE:
                self.soonest = self.first_due()
                break
        self._undo.clear()
        self._touched.clear()
        self._committed = (len(self._journal), self._position, self._number)

    def rollback(self) -> None:
        for table, key, old in reversed(self._undo):
            new = self._tables[table].pop(key, None)
            if old is not None:
                self._tables[table][key] = old
            self._index(table, key, new, old)
        length, self._position, self._number = self._committed
        lost = {entry.case for entry in self._journal[length:]} | set(self._touched)
        del self._journal[length:]
        for key in lost:
            self._cases.pop(key, None)
            case = replay((event for entry in self.journal(case=key) for event in entry.events), key) if key else None
            if case is not None and case.elements and not case.ended:
                self._cases[key] = case
        self.commit()

    def clear_rows(self) -> None:
        """Drop every row and waiting case; they follow from the journal."""
        for table, rows in self._tables.items():
            for key in list(rows):
                self.delete(table, key)
        self._cases.clear()

    def renewed(self) -> None:
        """The rows are those of this version's layout."""

    def reader(self) -> None:
        """There is no second way in: who asks waits for the writer."""

    def close(self) -> None:
        """Nothing to let go of."""


def _place(table: type[Any], name: str) -> int:
    """The position of column ``name``."""
    if name not in table._fields:
        raise KeyError(f"{table.__name__} has no column {name!r}")
    place: int = table._fields.index(name)
    return place

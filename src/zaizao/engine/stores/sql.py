# ruff: noqa: S608  (table and column names come from the row types, never from outside)
"""What the SQL stores share: writes are collected and written together, and the journal is a hash chain.

Rule kept: the hash of an entry covers the hash before it, its position, case, time and body, so a changed, missing or
added entry is found. Writes are collected, row sets per table, and written when something is asked or committed: one
transaction a batch, so that durability is paid once for all its commands (group commit). A store is the only writer
of its partition: what it read or wrote stays true until it writes again. SQL here is what both databases understand;
values are marked ``?``.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from zaizao.engine import records
from zaizao.engine.errors import JournalBroken, problem
from zaizao.engine.state import Case
from zaizao.engine.stores.query import Condition, Dialect, Search, search_sql, tally_sql, total_sql
from zaizao.engine.stores.rows import (
    ROWS,
    CaseRow,
    Entry,
    JobRow,
    JobState,
    MessageRow,
    StartRow,
    SubscriptionRow,
    TimerRow,
)
from zaizao.engine.stores.snapshots import Snapshots, whole
from zaizao.engine.stores.store import R
from zaizao.engine.stores.tables import COLUMNS, ENUMS, NAMES
from zaizao.problems import Text

KNOWN_ROWS = 50_000
"""Rows of a table that are kept in memory after they were read."""
READ_AGAIN: tuple[type[Any], ...] = (CaseRow, JobRow)
"""Rows that are read again soon after they were written: at a job's end, at a case's end."""
DUE: tuple[tuple[type[Any], int], ...] = tuple(
    (table, table._fields.index(column))
    for table, column in ((TimerRow, "due"), (JobRow, "deadline"), (StartRow, "due"))
)
"""Rows that fall due, and the place of the time."""
PAGE = 2_000
"""Journal entries that are read at once."""

Values = Sequence[Any]


class Pending(NamedTuple):
    """What a store has collected: encoded, ready to be written in one go."""

    entries: list[tuple[int, int, int, int, bytes, bytes]]
    """Journal: position, case, time, number of records, body, hash."""
    kept: list[tuple[int, bytes]]
    """Waiting cases."""
    gone: list[int]
    """Cases that ended."""
    rows: dict[type[Any], list[Any]]
    deleted: dict[type[Any], list[int]]
    counters: tuple[int, int, bytes]


def link(before: bytes, position: int, case: int, at: int, body: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"%b|%d|%d|%d|%b" % (before, position, case, at, body)).digest()


SELECT: dict[type[Any], str] = {
    table: "SELECT " + ", ".join(f'"{column.name}"' for column in COLUMNS[table]) + f" FROM {NAMES[table]}"
    for table in ROWS
}


class SqlStore(ABC):
    """A partition's memory in a database; subclasses say how to ask and how to write."""

    _dialect = Dialect(NAMES)

    def __init__(self, where: str, *, read_only: bool = False) -> None:
        self._where = where
        self.read_only = read_only
        self._number, self._position, self._hash = 0, 0, b""
        self._pending: dict[type[Any], dict[int, Any]] = {row: {} for row in ROWS}
        self._known: dict[type[Any], dict[int, Any]] = {row: {} for row in ROWS}
        self._cases: dict[int, Case] = {}
        self._entries: list[tuple[int, int, int, int, bytes, bytes]] = []
        self._snapshots = Snapshots()
        self.ready: set[str] = set()
        self.soonest: int | None = None
        self.outdated = False

    # --- what a database does its own way ---

    @abstractmethod
    def _ask(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """All rows of an answer."""

    @abstractmethod
    def _write(self, pending: Pending, *, commit: bool) -> None:
        """Write in the open transaction (or a new one), and end it where ``commit``."""

    @abstractmethod
    def begin(self) -> bool:
        """Before a batch."""

    @abstractmethod
    def _abandon(self) -> None:
        """Roll the open transaction back, if there is one."""

    @abstractmethod
    def clear_rows(self) -> None:
        """Drop every row and waiting case."""

    @abstractmethod
    def renewed(self) -> None:
        """The rows are those of this version's layout."""

    @abstractmethod
    def reader(self) -> Self:
        """A second way in, that sees what is committed and disturbs nobody."""

    @abstractmethod
    def backup(self, path: Path) -> int:
        """Write the partition as it is now to the new file ``path`` while it runs; how many records it holds."""

    @abstractmethod
    def fill(self, pages: Iterable[tuple[str, list[tuple[Any, ...]]]]) -> None:
        """Insert the rows of a back-up, table by table, in one transaction."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""

    def _count(self) -> tuple[int, int, bytes]:
        ((number, position, last),) = self._ask("SELECT number, position, hash FROM counters")
        return number, position, bytes(last)

    def layout(self) -> int:
        """The number of the rows' layout as they stand."""
        found = self._ask("SELECT number FROM layout")
        return int(found[0][0]) if found else 0

    # --- journal and cases ---

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def last_number(self) -> int:
        return self._number

    def length(self) -> int:
        return self._count()[1] if self.read_only else self._position

    def append(self, case: int, at: int, events: list[Any]) -> int:
        position = self._position
        body = records.encode(events)
        self._hash = link(self._hash, position, case, at, body)
        self._entries.append((position, case, at, len(events), body, self._hash))
        self._position += len(events)
        return position

    def raw(self, start: int = 0, case: int | None = None) -> Iterator[tuple[int, int, int, int, bytes, bytes]]:
        """The journal's entries as they are stored, page by page: position, case, time, count, body, hash."""
        self._flush()
        sql = 'SELECT position, "case", at, count, body, hash FROM journal WHERE position >= ?'
        if case is not None:
            sql += ' AND "case" = ?'
        sql += f" ORDER BY position LIMIT {PAGE}"
        while True:
            page = self._ask(sql, (start,) if case is None else (start, case))
            for position, number, at, count, body, hashed in page:
                yield position, number, at, count, bytes(body), bytes(hashed)
            if len(page) < PAGE:
                return
            start = page[-1][0] + 1

    def journal(self, start: int = 0, case: int | None = None) -> Iterator[Entry]:
        for position, number, at, _, body, _ in self.raw(start, case):
            yield Entry(position, number, at, list(records.decode(body)))

    def verify(self) -> int:
        self._flush()
        _, end, tip = self._count()  # read first: what somebody else writes meanwhile is not looked at
        last, expected = b"", 0
        for position, case, at, count, body, hashed in self.raw():
            if position >= end:
                if self._count()[1] == end:
                    raise self._broken(position, f"the entry at {position} was added")
                break
            if position != expected:
                raise self._broken(expected, f"the entry at {expected} is missing")
            if link(last, position, case, at, body) != hashed:
                raise self._broken(position, f"the entry at {position} was changed")
            last, expected = hashed, position + count
        if (end, tip) != (expected, last):
            raise self._broken(expected, f"entries from {expected} on are missing")
        return expected

    def _broken(self, position: int, words: str) -> JournalBroken:
        remedy = Text("请从备份恢复，并查明原因", "restore a back-up and find out who changed the file")
        zh = f"日志链在位置 {position} 断开"
        return JournalBroken(problem(f"{self._where}: record {position}", zh, words, "journal", remedy))

    def load_case(self, key: int) -> Case | None:
        if key in self._cases:
            case = self._cases[key]
            return None if case.ended else case
        found = self._ask("SELECT body FROM waiting WHERE key = ?", (key,))
        if not found:
            return None
        return whole(bytes(found[0][0]), lambda start: (e for entry in self.journal(start, key) for e in entry.events))

    def save_case(self, case: Case) -> None:
        self._cases[case.key] = case

    # --- rows ---

    def get(self, table: type[R], key: int) -> R | None:
        pending = self._pending[table]
        if key in pending:
            row: R | None = pending[key]
            return row
        known = self._known[table]
        if key in known:
            row = known[key]
            return row
        found = self._ask(SELECT[table] + " WHERE key = ?", (key,))
        return self._remember(table, made(table, found[0])) if found else None

    def _remember(self, table: type[R], row: R) -> R:
        """Keep a row that was read; a store that only reads keeps none, as somebody else writes."""
        if not self.read_only:
            known = self._known[table]
            if len(known) >= KNOWN_ROWS:
                known.clear()
            known[row[0]] = row
        return row

    def put(self, row: tuple[Any, ...]) -> None:
        self._pending[type(row)][row[0]] = row

    def delete(self, table: type[Any], key: int) -> None:
        self._pending[table][key] = None

    def _select(self, table: type[R], rest: str, values: Values = ()) -> list[R]:
        self._flush()
        return [made(table, found) for found in self._ask(SELECT[table] + rest, values)]

    def find(
        self, table: type[R], where: Mapping[str, Any] | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[R]:
        clause, values = conditions(table, where)
        rest = f" WHERE key > ?{clause} ORDER BY key" + ("" if limit is None else f" LIMIT {int(limit)}")
        return self._select(table, rest, (after, *values))

    def count(self, table: type[Any], where: Mapping[str, Any] | None = None) -> int:
        self._flush()
        clause, values = conditions(table, where)
        return int(self._ask(f"SELECT count(*) FROM {NAMES[table]} WHERE key > 0{clause}", values)[0][0])

    def search(self, search: Search) -> list[Any]:
        rest, values = search_sql(search, self._dialect)
        return self._select(search.table, rest, values)

    def total(self, table: type[Any], where: Sequence[Condition], most: int) -> int:
        self._flush()
        return int(self._ask(*total_sql(table, where, most, self._dialect))[0][0])

    def tally(self, table: type[Any], where: Sequence[Condition], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        self._flush()
        return [tuple(found) for found in self._ask(*tally_sql(table, where, columns, self._dialect))]

    # --- what the runtime asks ---

    def jobs_available(self, job_type: str, limit: int) -> list[JobRow]:
        rest = " WHERE job_type = ? AND state = 'available' ORDER BY priority DESC, key LIMIT ?"
        return [self._remember(JobRow, row) for row in self._select(JobRow, rest, (job_type, limit))]

    def jobs_expired(self, now: int) -> list[JobRow]:
        return self._select(JobRow, " WHERE deadline > 0 AND deadline <= ? ORDER BY key", (now,))

    def timers_due(self, now: int, limit: int) -> list[TimerRow]:
        return self._select(TimerRow, " WHERE due <= ? ORDER BY due, key LIMIT ?", (now, limit))

    def starts_due(self, now: int) -> list[StartRow]:
        return self._select(StartRow, " WHERE due > 0 AND due <= ? ORDER BY due, key", (now,))

    def first_due(self) -> int | None:
        self._flush()
        sql = (
            "SELECT min(due) FROM (SELECT min(due) AS due FROM timers UNION ALL SELECT min(due) FROM starts "
            "WHERE due > 0 UNION ALL SELECT min(deadline) FROM jobs WHERE deadline > 0) AS times"
        )
        due: int | None = self._ask(sql)[0][0]
        return due

    def subscriptions(self, kind: str, name: str, correlation: str | None = None) -> list[SubscriptionRow]:
        rest = " WHERE kind = ? AND name = ?"
        if correlation is None:
            return self._select(SubscriptionRow, rest + " ORDER BY key", (kind, name))
        return self._select(SubscriptionRow, rest + " AND correlation = ? ORDER BY key", (kind, name, correlation))

    def messages(self, name: str, correlation: str) -> list[MessageRow]:
        return self._select(MessageRow, " WHERE name = ? AND correlation = ? ORDER BY key", (name, correlation))

    def messages_expired(self, now: int) -> list[MessageRow]:
        return self._select(MessageRow, " WHERE expires <= ? ORDER BY key", (now,))

    # --- transactions ---

    def _flush(self, *, commit: bool = False) -> None:
        """Write what was collected, inside the transaction."""
        if not (commit or self._entries or self._cases or any(self._pending.values())):
            return
        pending = Pending(
            self._entries,
            self._snapshots.due(self._cases, self._journaled(), self._position),
            [key for key, case in self._cases.items() if case.ended],
            {table: [row for row in rows.values() if row is not None] for table, rows in self._pending.items() if rows},
            {table: [key for key, row in rows.items() if row is None] for table, rows in self._pending.items() if rows},
            (self._number, self._position, self._hash),
        )
        self._write(pending, commit=commit)
        self.ready.update(row.job_type for row in pending.rows.get(JobRow, ()) if row.state is JobState.AVAILABLE)
        times = [row[place] for table, place in DUE for row in pending.rows.get(table, ()) if row[place]]
        if times:
            self.soonest = min(times) if self.soonest is None else min(self.soonest, *times)
        for table, rows in self._pending.items():
            if rows:
                self._know(table, rows)
        self._forget()

    def _journaled(self) -> dict[int, int]:
        """How many bytes of each case are to be journaled."""
        grown: dict[int, int] = {}
        for _, case, _, _, body, _ in self._entries:
            grown[case] = grown.get(case, 0) + len(body)
        return grown

    def _know(self, table: type[Any], written: dict[int, Any]) -> None:
        """What was read before is what was written now, or not known."""
        known = self._known[table]
        if table not in READ_AGAIN:
            for key in written if known else ():
                known.pop(key, None)
            return
        if len(known) >= KNOWN_ROWS:
            known.clear()
        for key, row in written.items():
            if row is None:
                known.pop(key, None)
            else:
                known[key] = row

    def _forget(self) -> None:
        """What was collected is written, or given up."""
        self._entries.clear()
        self._cases.clear()
        for rows in self._pending.values():
            rows.clear()

    def commit(self) -> None:
        self._flush(commit=True)

    def rollback(self) -> None:
        self._forget()
        self._snapshots.forget()
        for rows in self._known.values():
            rows.clear()
        self._abandon()
        self._number, self._position, self._hash = self._count()


def made(table: type[R], values: tuple[Any, ...]) -> R:
    """A row as the database gave it."""
    for place, members in ENUMS[table]:
        values = (*values[:place], members[values[place]], *values[place + 1 :])
    return table(*values)


def conditions(table: type[Any], where: Mapping[str, Any] | None) -> tuple[str, tuple[Any, ...]]:
    """The clause and values for columns that equal ``where``; unknown columns raise ``KeyError``."""
    given = where or {}
    if not set(given) <= set(table._fields):
        raise KeyError(f"{NAMES[table]} has no column {list(given)}")
    clause = "".join(
        f' AND "{name}" IS NULL' if value is None else f' AND "{name}" = ?' for name, value in given.items()
    )
    return clause, tuple(value for value in given.values() if value is not None)

# ruff: noqa: S608  (table and column names come from the row types, never from outside)
"""The store in one SQLite file: durable, embedded, one writer.

Rule kept: WAL and ``synchronous=FULL``, so that what was committed survives a power failure; one transaction a batch,
so that durability is paid once for all its commands (group commit). The journal is a hash chain: the hash of an entry
covers the hash before it, its position, case, time and body, so a changed, missing or added entry is found.
Writes are collected and written together, row sets per table, when something is asked or committed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zaizao.engine import records, state
from zaizao.engine.errors import EngineError, JournalBroken, problem
from zaizao.engine.state import Case
from zaizao.engine.stores.rows import (
    ROWS,
    CaseRow,
    CaseState,
    DefinitionRow,
    Entry,
    IncidentRow,
    JobRow,
    JobState,
    MessageRow,
    StartRow,
    SubscriptionRow,
    TaskRow,
    TimerRow,
)
from zaizao.engine.stores.store import R
from zaizao.problems import Text

NAMES: dict[type[Any], str] = {
    DefinitionRow: "definitions",
    CaseRow: "cases",
    JobRow: "jobs",
    TaskRow: "tasks",
    TimerRow: "timers",
    SubscriptionRow: "subscriptions",
    StartRow: "starts",
    MessageRow: "messages",
    IncidentRow: "incidents",
}

KNOWN_ROWS = 50_000
"""Rows of a table that are kept in memory after they were read."""
_JOB_STATES = {state.value: state for state in JobState}
_CASE_STATES = {state.value: state for state in CaseState}

SCHEMA = """
-- The journal: one entry a command and case; body is the JSON of its events, hash chains it to the entry before.
CREATE TABLE IF NOT EXISTS journal (
    position INTEGER PRIMARY KEY, "case" INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL,
    body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS journal_case ON journal ("case", position);
-- Waiting cases, whole: replaced at each step, removed at the end.
CREATE TABLE IF NOT EXISTS waiting (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
-- One row: the next case number, the next position, the last hash.
CREATE TABLE IF NOT EXISTS counters (
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;
INSERT OR IGNORE INTO counters VALUES (1, 0, 0, x'');
CREATE TABLE IF NOT EXISTS definitions (
    key INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, version_tag TEXT,
    source TEXT NOT NULL, digest TEXT NOT NULL, deployed INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cases (
    key INTEGER PRIMARY KEY, process INTEGER NOT NULL, process_id TEXT NOT NULL, version INTEGER NOT NULL,
    state TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL, parent INTEGER NOT NULL,
    business_id TEXT NOT NULL, lock TEXT NOT NULL, incidents INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS cases_parent ON cases (parent) WHERE parent > 0;
CREATE INDEX IF NOT EXISTS cases_lock ON cases (process_id, lock) WHERE lock > '';
-- Jobs: available -> activated -> (gone | available again at its deadline | back-off until its deadline | failed).
CREATE TABLE IF NOT EXISTS jobs (
    key INTEGER PRIMARY KEY, job_type TEXT NOT NULL, state TEXT NOT NULL, priority INTEGER NOT NULL,
    deadline INTEGER NOT NULL, retries INTEGER NOT NULL, worker TEXT NOT NULL, node TEXT NOT NULL,
    process INTEGER NOT NULL, created INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS jobs_ready ON jobs (job_type, priority DESC, key) WHERE state = 'available';
CREATE INDEX IF NOT EXISTS jobs_held ON jobs (deadline) WHERE deadline > 0;
CREATE TABLE IF NOT EXISTS tasks (
    key INTEGER PRIMARY KEY, state TEXT NOT NULL, node TEXT NOT NULL, name TEXT NOT NULL, process INTEGER NOT NULL,
    process_id TEXT NOT NULL, assignee TEXT, groups TEXT NOT NULL, users TEXT NOT NULL, due INTEGER NOT NULL,
    follow_up INTEGER NOT NULL, priority INTEGER NOT NULL, form TEXT NOT NULL, created INTEGER NOT NULL,
    ended INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS tasks_open ON tasks (assignee, key) WHERE state = 'created';
CREATE TABLE IF NOT EXISTS timers (key INTEGER PRIMARY KEY, due INTEGER NOT NULL, element INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS timers_due ON timers (due, key);
CREATE TABLE IF NOT EXISTS subscriptions (
    key INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, correlation TEXT NOT NULL,
    element INTEGER NOT NULL, process_id TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS subscriptions_name ON subscriptions (kind, name, correlation);
CREATE TABLE IF NOT EXISTS starts (
    key INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, due INTEGER NOT NULL, process INTEGER NOT NULL,
    process_id TEXT NOT NULL, node INTEGER NOT NULL, definition INTEGER NOT NULL, remaining INTEGER NOT NULL,
    cycle TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    key INTEGER PRIMARY KEY, name TEXT NOT NULL, correlation TEXT NOT NULL, expires INTEGER NOT NULL,
    message_id TEXT NOT NULL, variables BLOB NOT NULL, taken TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS messages_name ON messages (name, correlation);
CREATE INDEX IF NOT EXISTS messages_expires ON messages (expires);
CREATE TABLE IF NOT EXISTS incidents (
    key INTEGER PRIMARY KEY, element INTEGER NOT NULL, node TEXT NOT NULL, process INTEGER NOT NULL,
    kind TEXT NOT NULL, message TEXT NOT NULL, raised INTEGER NOT NULL) STRICT;
"""


def _upsert(table: type[Any]) -> str:
    """The statement that inserts a row or changes the one with its key in place."""
    columns = ", ".join(f'"{name}" = excluded."{name}"' for name in table._fields[1:])
    marks = ",".join("?" * len(table._fields))
    return f"INSERT INTO {NAMES[table]} VALUES ({marks}) ON CONFLICT (key) DO UPDATE SET {columns}"


_UPSERTS = {table: _upsert(table) for table in ROWS}
_KEEP = "INSERT INTO waiting VALUES (?,?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"


def _link(before: bytes, position: int, case: int, at: int, body: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"%b|%d|%d|%d|%b" % (before, position, case, at, body)).digest()


class SqliteStore:
    """A partition's memory in the file ``path``."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;")
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        self._number, self._position, self._hash = self._counters()
        self._pending: dict[type[Any], dict[int, Any]] = {row: {} for row in ROWS}
        self._cases: dict[int, Case] = {}
        self._entries: list[tuple[int, int, int, int, bytes, bytes]] = []
        self._writing = False
        self._known: dict[type[Any], dict[int, Any]] = {row: {} for row in ROWS}

    def _trouble(self, error: sqlite3.Error) -> EngineError:
        words = f"the database answers: {error}"
        remedy = Text("请检查磁盘空间、权限和文件是否完好", "check disk space, permissions and the file itself")
        return EngineError(problem(self._path, f"数据库出错：{error}", words, "database", remedy))

    def _counters(self) -> tuple[int, int, bytes]:
        number, position, last = self._db.execute("SELECT number, position, hash FROM counters").fetchone()
        return number, position, last

    # --- journal and cases ---

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def last_number(self) -> int:
        return self._number

    def append(self, case: int, at: int, events: list[Any]) -> int:
        position = self._position
        body = records.encode(events)
        self._hash = _link(self._hash, position, case, at, body)
        self._entries.append((position, case, at, len(events), body, self._hash))
        self._position += len(events)
        return position

    def journal(self, start: int = 0, case: int | None = None) -> Iterator[Entry]:
        self._flush()
        sql = 'SELECT position, "case", at, body FROM journal WHERE position >= ?'
        values = [start]
        if case is not None:
            sql += ' AND "case" = ?'
            values.append(case)
        for position, number, at, body in self._db.execute(sql + " ORDER BY position", values):
            yield Entry(position, number, at, list(records.decode(body)))

    def verify(self) -> int:
        self._flush()
        last, expected = b"", 0
        for position, case, at, count, body, link in self._db.execute("SELECT * FROM journal ORDER BY position"):
            if position != expected:
                raise self._broken(expected, f"the entry at {expected} is missing")
            if _link(last, position, case, at, body) != link:
                raise self._broken(position, f"the entry at {position} was changed")
            last, expected = link, position + count
        _, position, link = self._counters()
        if (position, link) != (expected, last):
            raise self._broken(expected, f"entries from {expected} on are missing")
        return expected

    def _broken(self, position: int, words: str) -> JournalBroken:
        remedy = Text("请从备份恢复，并查明原因", "restore a back-up and find out who changed the file")
        zh = f"日志链在位置 {position} 断开"
        return JournalBroken(problem(f"{self._path}: record {position}", zh, words, "journal", remedy))

    def load_case(self, key: int) -> Case | None:
        if key in self._cases:
            case = self._cases[key]
            return None if case.ended else case
        found = self._db.execute("SELECT body FROM waiting WHERE key = ?", (key,)).fetchone()
        return state.decode(found[0]) if found else None

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
        found = self._db.execute(f"SELECT * FROM {NAMES[table]} WHERE key = ?", (key,)).fetchone()
        return self._remember(table, _row(table, found)) if found else None

    def _remember(self, table: type[R], row: R) -> R:
        """Keep a row that was read: the store is the only writer, so it stays true until written again."""
        known = self._known[table]
        if len(known) >= KNOWN_ROWS:
            known.clear()
        known[row[0]] = row
        return row

    def put(self, row: tuple[Any, ...]) -> None:
        table = type(row)
        self._pending[table][row[0]] = row
        self._known[table].pop(row[0], None)

    def delete(self, table: type[Any], key: int) -> None:
        self._pending[table][key] = None
        self._known[table].pop(key, None)

    def _select(self, table: type[R], sql: str, values: tuple[Any, ...]) -> list[R]:
        self._flush()
        return [_row(table, found) for found in self._db.execute(sql, values)]

    def find(
        self, table: type[R], where: Mapping[str, Any] | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[R]:
        clause, values = _where(table, where)
        sql = f"SELECT * FROM {NAMES[table]} WHERE key > ?{clause} ORDER BY key LIMIT ?"
        return self._select(table, sql, (after, *values, -1 if limit is None else limit))

    def count(self, table: type[Any], where: Mapping[str, Any] | None = None) -> int:
        self._flush()
        clause, values = _where(table, where)
        found = self._db.execute(f"SELECT count(*) FROM {NAMES[table]} WHERE key > 0{clause}", values).fetchone()
        return int(found[0])

    # --- what the runtime asks ---

    def jobs_available(self, job_type: str, limit: int) -> list[JobRow]:
        sql = "SELECT * FROM jobs WHERE job_type = ? AND state = 'available' ORDER BY priority DESC, key LIMIT ?"
        return [self._remember(JobRow, row) for row in self._select(JobRow, sql, (job_type, limit))]

    def jobs_expired(self, now: int) -> list[JobRow]:
        return self._select(JobRow, "SELECT * FROM jobs WHERE deadline > 0 AND deadline <= ? ORDER BY key", (now,))

    def timers_due(self, now: int, limit: int) -> list[TimerRow]:
        return self._select(TimerRow, "SELECT * FROM timers WHERE due <= ? ORDER BY due, key LIMIT ?", (now, limit))

    def starts_due(self, now: int) -> list[StartRow]:
        return self._select(StartRow, "SELECT * FROM starts WHERE due > 0 AND due <= ? ORDER BY due, key", (now,))

    def first_due(self) -> int | None:
        self._flush()
        sql = (
            "SELECT min(due) FROM (SELECT min(due) AS due FROM timers UNION ALL SELECT min(due) FROM starts "
            "WHERE due > 0 UNION ALL SELECT min(deadline) FROM jobs WHERE deadline > 0)"
        )
        due: int | None = self._db.execute(sql).fetchone()[0]
        return due

    def subscriptions(self, kind: str, name: str, correlation: str | None = None) -> list[SubscriptionRow]:
        sql = "SELECT * FROM subscriptions WHERE kind = ? AND name = ?"
        if correlation is None:
            return self._select(SubscriptionRow, sql + " ORDER BY key", (kind, name))
        return self._select(SubscriptionRow, sql + " AND correlation = ? ORDER BY key", (kind, name, correlation))

    def messages(self, name: str, correlation: str) -> list[MessageRow]:
        sql = "SELECT * FROM messages WHERE name = ? AND correlation = ? ORDER BY key"
        return self._select(MessageRow, sql, (name, correlation))

    def messages_expired(self, now: int) -> list[MessageRow]:
        return self._select(MessageRow, "SELECT * FROM messages WHERE expires <= ? ORDER BY key", (now,))

    # --- transactions ---

    def _flush(self) -> None:
        """Write what was collected, inside the transaction."""
        if not (self._entries or self._cases or any(self._pending.values())):
            return
        try:
            if not self._writing:
                self._db.execute("BEGIN IMMEDIATE")
                self._writing = True
            self._db.executemany("INSERT INTO journal VALUES (?,?,?,?,?,?)", self._entries)
            kept = [(key, state.encode(case)) for key, case in self._cases.items() if not case.ended]
            gone = [(key,) for key, case in self._cases.items() if case.ended]
            if kept:
                self._db.executemany(_KEEP, kept)
            if gone:
                self._db.executemany("DELETE FROM waiting WHERE key = ?", gone)
            for table, rows in self._pending.items():
                if rows:
                    self._write(table, rows)
            counters = (self._number, self._position, self._hash)
            self._db.execute("UPDATE counters SET number = ?, position = ?, hash = ?", counters)
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        self._keep_cases()
        self._forget()

    def _keep_cases(self) -> None:
        """Rows of live cases are read again soon: at their end, at an incident."""
        known = self._known[CaseRow]
        if len(known) >= KNOWN_ROWS:
            known.clear()
        for key, row in self._pending[CaseRow].items():
            if row is not None and row.state is CaseState.ACTIVE:
                known[key] = row

    def _write(self, table: type[Any], rows: dict[int, Any]) -> None:
        kept = [row for row in rows.values() if row is not None]
        gone = [(key,) for key, row in rows.items() if row is None]
        if kept:
            self._db.executemany(_UPSERTS[table], kept)
        if gone:
            self._db.executemany(f"DELETE FROM {NAMES[table]} WHERE key = ?", gone)

    def _forget(self) -> None:
        """What was collected is written, or given up."""
        self._entries.clear()
        self._cases.clear()
        for rows in self._pending.values():
            rows.clear()

    def commit(self) -> None:
        self._flush()
        if self._writing:
            try:
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._trouble(error) from error
            self._writing = False

    def rollback(self) -> None:
        self._forget()
        for rows in self._known.values():
            rows.clear()
        if self._writing:
            self._writing = False
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._number, self._position, self._hash = self._counters()

    def close(self) -> None:
        self._db.close()


def _row(table: type[R], values: tuple[Any, ...]) -> R:
    if table is JobRow:
        values = (*values[:2], _JOB_STATES[values[2]], *values[3:])
    elif table is CaseRow:
        values = (*values[:4], _CASE_STATES[values[4]], *values[5:])
    return table(*values)


def _where(table: type[Any], where: Mapping[str, Any] | None) -> tuple[str, tuple[Any, ...]]:
    names = list(where or {})
    if not set(names) <= set(table._fields):
        raise KeyError(f"{NAMES[table]} has no column {names}")
    return "".join(f' AND "{name}" IS ?' for name in names), tuple((where or {}).values())

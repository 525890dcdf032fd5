# ruff: noqa: S608  (table and column names come from the row types, never from outside)
"""The store in one SQLite file: durable, embedded, one writer.

Rule kept: WAL and ``synchronous=FULL``, so that what was committed survives a power failure. Where another process
has written the same file in between (``zaizao deploy`` beside a running server), the transaction is refused before it
writes, and the next one sees what is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from zaizao.engine.errors import StoreUnavailable, problem
from zaizao.engine.stores.backup import ALL, whole
from zaizao.engine.stores.rows import ROWS
from zaizao.engine.stores.sql import Pending, SqlStore, Values
from zaizao.engine.stores.tables import NAMES, SQLITE, layout, rows_schema, schema
from zaizao.problems import Text


def _upsert(table: type[Any]) -> str:
    """The statement that inserts a row or changes the one with its key in place."""
    names = ", ".join(f'"{name}"' for name in table._fields)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in table._fields[1:])
    marks = ",".join("?" * len(table._fields))
    return f"INSERT INTO {NAMES[table]} ({names}) VALUES ({marks}) ON CONFLICT (key) DO UPDATE SET {changes}"


_UPSERTS = {table: _upsert(table) for table in ROWS}
_KEEP = "INSERT INTO waiting VALUES (?,?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"
_COUNT = "UPDATE counters SET number = ?, position = ?, hash = ?"


class SqliteStore(SqlStore):
    """A partition's memory in the file ``path``."""

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        super().__init__(str(path), read_only=read_only)
        self._writing = False
        self._lost = False
        self._seen = self._written = (0, 0)
        try:
            name = f"{Path(path).resolve().as_uri()}?mode=ro" if read_only else str(path)
            self._db = sqlite3.connect(name, isolation_level=None, check_same_thread=False, uri=read_only)
            self._db.execute("PRAGMA busy_timeout=5000")
            if not read_only:
                self._prepare()
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        self._number, self._position, self._hash = self._count()
        self._version = self._ask("PRAGMA data_version")[0][0]

    def _prepare(self) -> None:
        """Tables as the row types say; rows of another layout are dropped, to be made again from the journal."""
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;")
        self._db.execute("BEGIN IMMEDIATE")
        fresh = not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'counters'").fetchone()
        for statement in schema(SQLITE):
            self._db.execute(statement)
        if fresh:
            self._db.execute("INSERT INTO counters VALUES (1, 0, 0, x'')")
            self._db.execute("INSERT INTO layout VALUES (1, ?)", (layout(),))
        found = self._db.execute("SELECT number FROM layout").fetchone()
        self.outdated = found is None or found[0] != layout()
        self._db.execute("COMMIT")

    def clear_rows(self) -> None:
        """Drop every row and waiting case; they follow from the journal."""
        self._db.execute("BEGIN IMMEDIATE")
        for table in ROWS:
            self._db.execute(f"DROP TABLE IF EXISTS {NAMES[table]}")
        for statement in rows_schema(SQLITE):
            self._db.execute(statement)
        self._db.execute("DELETE FROM waiting")
        self._db.execute("COMMIT")

    def renewed(self) -> None:
        """The rows are those of this version's layout."""
        self._db.execute("INSERT INTO layout VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET number = ?", (layout(),) * 2)
        self.outdated = False

    def reader(self) -> Self:
        """A second way in, that sees what is committed and disturbs nobody."""
        return type(self)(self._where, read_only=True)

    def _trouble(self, error: sqlite3.Error) -> StoreUnavailable:
        words = f"the database answers: {error}"
        remedy = Text("请检查磁盘空间、权限和文件是否完好", "check disk space, permissions and the file itself")
        return StoreUnavailable(problem(self._where, f"数据库出错：{error}", words, "database", remedy))

    def _count(self) -> tuple[int, int, bytes]:
        counters = super()._count()
        self._seen = counters[:2]
        return counters

    def _ask(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def begin(self) -> bool:
        """Before a batch: whether another process has written, so that what is kept in memory may be outdated."""
        version = self._ask("PRAGMA data_version")[0][0]
        if self._lost:
            self._abandon()
        elif version == self._version:
            return False
        elif self._ask("SELECT number, position FROM counters") == [self._seen]:
            self._version = version
            return False  # other tables of the same file
        self._version = version
        for rows in self._known.values():
            rows.clear()
        self._number, self._position, self._hash = self._count()
        self._lost = False
        return True

    def _begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._writing = True
        found = self._db.execute("SELECT number, position FROM counters").fetchone()
        self._written = found
        if found != self._seen:
            raise sqlite3.OperationalError("another process has written here in between; try again")

    def _write(self, pending: Pending, *, commit: bool) -> None:
        empty = not (pending.entries or pending.kept or pending.gone or pending.rows)
        try:
            if not empty:
                if not self._writing:
                    self._begin()
                self._put(pending)
            if commit and self._writing:
                self._db.execute("COMMIT")
                self._writing = False
                self._seen = self._written
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _put(self, pending: Pending) -> None:
        write = self._db.executemany
        write("INSERT INTO journal VALUES (?,?,?,?,?,?)", pending.entries)
        if pending.kept:
            write(_KEEP, pending.kept)
        if pending.gone:
            write("DELETE FROM waiting WHERE key = ?", [(key,) for key in pending.gone])
        for table, rows in pending.rows.items():
            if rows:
                write(_UPSERTS[table], rows)
        for table, keys in pending.deleted.items():
            if keys:
                write(f"DELETE FROM {NAMES[table]} WHERE key = ?", [(key,) for key in keys])
        self._db.execute(_COUNT, pending.counters)
        self._written = pending.counters[:2]

    # --- back-up ---

    def backup(self, path: Path) -> int:
        def make(partial: Path) -> None:
            source = sqlite3.connect(f"{Path(self._where).resolve().as_uri()}?mode=ro", uri=True)
            target = sqlite3.connect(partial)
            try:
                source.backup(target)  # one step: one snapshot, and the writer goes on
            except sqlite3.Error as error:
                raise self._trouble(error) from error
            finally:
                target.close()
                source.close()

        return whole(path, make)

    def fill(self, pages: Iterable[tuple[str, list[tuple[Any, ...]]]]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM counters")
            for name, rows in pages:
                columns = ", ".join(f'"{column}"' for column in ALL[name])
                marks = ",".join("?" * len(ALL[name]))
                self._db.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        finally:
            self._abandon()
        self._number, self._position, self._hash = self._count()

    def _abandon(self) -> None:
        self._writing = False
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def rollback(self) -> None:
        self._lost = True  # until all of it is done: what is in memory must not be believed before
        super().rollback()
        self._lost = False

    def close(self) -> None:
        self._db.close()

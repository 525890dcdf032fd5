# ruff: noqa: S608  (schema, table and column names come from here and the row types, never from outside)
"""The store in PostgreSQL: one schema a partition, one writer, few round trips.

Rule kept: a batch is one pipeline: every table's rows travel as arrays in one statement, and the commit travels with
them (``synchronous_commit=on``). A store that was opened with a fencing number checks, inside the transaction and
last of all, that its lease still has that number: a node that stalled and lost its lease can never commit. Without a
lease, a second writer is found out by the journal's positions. A lost connection is made again at the next batch;
what an interrupted commit did is read from the database, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import errors, sql

from zaizao.engine.errors import EngineError, LeaseLost, StoreUnavailable, problem
from zaizao.engine.stores import packing
from zaizao.engine.stores.backup import ALL, pages, whole
from zaizao.engine.stores.query import Dialect
from zaizao.engine.stores.rows import ROWS, ParcelRow
from zaizao.engine.stores.sql import Pending, SqlStore, Values
from zaizao.engine.stores.sqlite import SqliteStore
from zaizao.engine.stores.tables import COLUMNS, NAMES, POSTGRES, layout, rows_schema, schema, type_of
from zaizao.problems import Text

SHARED = "zaizao"
"""The schema of what nodes share: leases, nodes, the number of partitions."""
SETTINGS = (
    "SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '3s'; SET lock_timeout = '10s'; "
    "SET statement_timeout = '60s'; SET jit = off; SET default_transaction_read_only = {}"
)
PARCELS = "zaizao_parcels"
"""The channel on which nodes hear that there are parcels."""
ONE_AT_A_TIME = 74_270_001
"""The advisory lock under which tables are made."""

SHARED_SCHEMA = f"""
CREATE SCHEMA IF NOT EXISTS {SHARED};
-- Who leads a partition, and where: the fencing number grows with each change of the leader.
CREATE TABLE IF NOT EXISTS {SHARED}.leases (
    partition INTEGER PRIMARY KEY, owner TEXT NOT NULL, address TEXT NOT NULL, fence BIGINT NOT NULL,
    expires TIMESTAMPTZ NOT NULL);
-- Which nodes are alive.
CREATE TABLE IF NOT EXISTS {SHARED}.nodes (
    node TEXT PRIMARY KEY, address TEXT NOT NULL, expires TIMESTAMPTZ NOT NULL);
-- How many partitions there are: fixed by the first node.
CREATE TABLE IF NOT EXISTS {SHARED}.partitions (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
CREATE OR REPLACE FUNCTION {SHARED}.hold(led INTEGER, number BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM {SHARED}.leases WHERE partition = led AND fence = number FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease of partition % has gone to another node', led USING ERRCODE = 'ZZ001';
    END IF;
END $$;
"""


def _upsert(table: type[Any]) -> str:
    """The statement that inserts rows, given as one array a column, or changes those with their keys."""
    names = ", ".join(f'"{column.name}"' for column in COLUMNS[table])
    arrays = ", ".join(f"%b::{type_of(column, POSTGRES)}[]" for column in COLUMNS[table])
    changes = ", ".join(f'"{column.name}" = excluded."{column.name}"' for column in COLUMNS[table][1:])
    return (
        f"INSERT INTO {NAMES[table]} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT (key) DO UPDATE SET {changes}"
    )


_UPSERTS = {table: _upsert(table) for table in ROWS}
_JOURNAL = (
    "INSERT INTO journal SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bytea[], "
    "%b::bytea[])"
)
_KEEP = (
    "INSERT INTO waiting SELECT * FROM unnest(%b::bigint[], %b::bytea[]) "
    "ON CONFLICT (key) DO UPDATE SET body = excluded.body"
)
_COUNT = "UPDATE counters SET number = %s::bigint, position = %s::bigint, hash = %b::bytea"


def schema_of(partition: int) -> str:
    """The name of a partition's schema."""
    return f"{SHARED}_p{partition:03}"


def connect(url: str, *, read_only: bool = False) -> psycopg.Connection[Any]:
    """A connection with this room's settings."""
    connection = psycopg.connect(url, autocommit=True, connect_timeout=5, keepalives_idle=5, keepalives_interval=2)
    connection.execute(SETTINGS.format("on" if read_only else "off"))
    connection.prepared_max = 500
    packing.register(connection.adapters)
    return connection


class PostgresStore(SqlStore):
    """The memory of ``partition`` in the database ``url``; ``fence`` is the number of the lease that allows writing."""

    _dialect = Dialect(NAMES, postgres=True)

    def __init__(self, url: str, *, partition: int = 1, fence: int | None = None, read_only: bool = False) -> None:
        super().__init__(f"postgresql: {schema_of(partition)}", read_only=read_only)
        self._url = url
        self.partition = partition
        self._fence = fence
        self._in_transaction = False
        self._lost = False
        self._statements: dict[str, str] = {}
        self._db: psycopg.Connection[Any] | None = None
        try:
            if not read_only:
                self._prepare(self._connection())
        except psycopg.Error as error:
            raise self._trouble(error) from error
        self._number, self._position, self._hash = self._count()

    def _connection(self) -> psycopg.Connection[Any]:
        """The connection, made again where it was lost."""
        if self._db is None or self._db.closed or self._db.broken:
            if self._in_transaction:
                raise psycopg.OperationalError("the connection was lost in the middle of a transaction")
            self._db = connect(self._url, read_only=self.read_only)
            self._db.execute(f"SET search_path = {schema_of(self.partition)}")
        return self._db

    def _prepare(self, db: psycopg.Connection[Any]) -> None:
        """Tables as the row types say; rows of another layout are dropped, to be made again from the journal."""
        name = schema_of(self.partition)
        found = db.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{name}.layout",)).fetchone()
        if found is None or not found[0]:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
                db.execute(SHARED_SCHEMA)
                db.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
                for statement in schema(POSTGRES):
                    db.execute(statement)
                db.execute("INSERT INTO counters VALUES (1, 0, 0, ''::bytea) ON CONFLICT (one) DO NOTHING")
                db.execute("INSERT INTO layout VALUES (1, %s) ON CONFLICT (one) DO NOTHING", (layout(),))
        self.outdated = db.execute("SELECT number FROM layout").fetchone() != (layout(),)

    def clear_rows(self) -> None:
        """Drop every row and waiting case; they follow from the journal."""
        db = self._connection()
        with db.transaction():
            for table in ROWS:
                db.execute(f"DROP TABLE IF EXISTS {NAMES[table]}")
            for statement in rows_schema(POSTGRES):
                db.execute(statement)
            db.execute("DELETE FROM waiting")

    def renewed(self) -> None:
        """The rows are those of this version's layout."""
        self._connection().execute("UPDATE layout SET number = %s", (layout(),))
        self.outdated = False

    def reader(self) -> Self:
        """A second way in, that sees what is committed and disturbs nobody."""
        return type(self)(self._url, partition=self.partition, read_only=True)

    # --- asking and writing ---

    def _trouble(self, error: psycopg.Error) -> EngineError:
        if error.sqlstate == "ZZ001" or (self._fence is not None and isinstance(error, errors.UniqueViolation)):
            remedy = Text("另一节点已接管该分区", "another node leads this partition now; ask it")
            return LeaseLost(problem(self._where, "本节点已失去该分区的租约", str(error), "lease", remedy))
        words = f"the database answers: {str(error).strip() or type(error).__name__}"
        if isinstance(error, psycopg.DataError):
            fix = Text("请改正数据", "correct the data")
            return EngineError(problem(self._where, f"数据无法保存：{error}", words, "data", fix))
        remedy = Text("请检查数据库是否可用、磁盘是否已满", "check that the database is up and has room")
        return StoreUnavailable(problem(self._where, f"数据库出错：{error}", words, "database", remedy))

    def _ask(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        marked = self._statements.get(statement)
        if marked is None:
            marked = self._statements[statement] = statement.replace("?", "%s")
        given = tuple(value.value if isinstance(value, Enum) else value for value in values)
        try:
            return self._connection().execute(sql.SQL(marked), given).fetchall()
        except psycopg.Error as error:
            raise self._trouble(error) from error

    def begin(self) -> bool:
        """Before a batch: connect again where that is needed; whether what is kept in memory may be outdated."""
        if not self._lost and self._db is not None and not self._db.closed:
            return False
        self._number, self._position, self._hash = self._count()
        for rows in self._known.values():
            rows.clear()
        self._lost = False
        return True

    def _write(self, pending: Pending, *, commit: bool) -> None:
        empty = not (pending.entries or pending.kept or pending.gone or pending.rows)
        if empty and not self._in_transaction:
            return
        try:
            db = self._connection()
            with db.pipeline(), db.cursor() as cursor:
                if not self._in_transaction:
                    self._in_transaction = True
                    cursor.execute("BEGIN")
                if not empty:
                    self._put(cursor, pending)
                if commit:
                    if self._fence is not None:
                        cursor.execute(f"SELECT {SHARED}.hold(%s, %s)", (self.partition, self._fence))
                    cursor.execute("COMMIT")
            if commit:
                self._in_transaction = False
        except psycopg.Error as error:
            raise self._trouble(error) from error
        except ValueError as error:
            raise self._trouble(psycopg.DataError(str(error))) from error

    def _put(self, cursor: psycopg.Cursor[Any], pending: Pending) -> None:
        if pending.rows.get(ParcelRow):
            cursor.execute(f"NOTIFY {PARCELS}")
        if pending.entries:
            cursor.execute(_JOURNAL, arrays(pending.entries, _JOURNAL_PACKED))
        if pending.kept:
            cursor.execute(_KEEP, arrays(pending.kept, _KEEP_PACKED))
        if pending.gone:
            cursor.execute("DELETE FROM waiting WHERE key = ANY (%b::bigint[])", (packing.numbers(pending.gone),))
        for table, rows in pending.rows.items():
            if rows:
                cursor.execute(sql.SQL(_UPSERTS[table]), arrays(rows, _PACKED[table]))
        for table, keys in pending.deleted.items():
            if keys:
                cursor.execute(
                    sql.SQL(f"DELETE FROM {NAMES[table]} WHERE key = ANY (%b::bigint[])"), (packing.numbers(keys),)
                )
        cursor.execute(_COUNT, pending.counters)

    def _abandon(self) -> None:
        broken = self._db is None or self._db.closed or self._db.broken
        was, self._in_transaction = self._in_transaction, False
        if broken:
            self._lost = True
        elif was and self._db is not None:
            try:
                self._db.execute("ROLLBACK")
            except psycopg.Error:
                self._db.close()
                self._lost = True

    def rollback(self) -> None:
        try:
            super().rollback()
        except StoreUnavailable:
            self._lost = True  # read again before the next batch

    # --- back-up ---

    def backup(self, path: Path) -> int:
        def make(partial: Path) -> None:
            target = SqliteStore(partial)
            try:
                with connect(self._url, read_only=True) as db, db.transaction():
                    db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    db.execute(f"SET LOCAL search_path = {schema_of(self.partition)}")

                    def ask(statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
                        return db.execute(sql.SQL(statement.replace("?", "%s")), values).fetchall()

                    target.fill(pages(ask, ALL))
            except psycopg.Error as error:
                raise self._trouble(error) from error
            finally:
                target.close()

        return whole(path, make)

    def fill(self, pages: Iterable[tuple[str, list[tuple[Any, ...]]]]) -> None:
        db = self._connection()
        try:
            with db.transaction():
                db.execute("DELETE FROM counters")
                for name, rows in pages:
                    columns = ", ".join(f'"{column}"' for column in ALL[name])
                    with db.cursor().copy(sql.SQL(f"COPY {name} ({columns}) FROM STDIN")) as copy:
                        for row in rows:
                            copy.write_row(row)
                if self._fence is not None:
                    db.execute(f"SELECT {SHARED}.hold(%s, %s)", (self.partition, self._fence))
        except psycopg.Error as error:
            raise self._trouble(error) from error
        self._number, self._position, self._hash = self._count()

    def close(self) -> None:
        if self._db is not None:
            self._db.close()


Packer = Callable[[Any], bytes]
_PACKERS: dict[str, Packer] = {
    POSTGRES.integer: packing.numbers,
    POSTGRES.text: packing.texts,
    POSTGRES.blob: packing.blobs,
}
_PACKED = {table: [_PACKERS[type_of(column, POSTGRES)] for column in COLUMNS[table]] for table in ROWS}
_JOURNAL_PACKED: list[Packer] = [packing.numbers] * 4 + [packing.blobs] * 2
_KEEP_PACKED: list[Packer] = [packing.numbers, packing.blobs]


def arrays(rows: Iterable[tuple[Any, ...]], packers: Sequence[Packer]) -> list[bytes]:
    """The columns of ``rows``, each packed as an array."""
    return [pack(column) for pack, column in zip(packers, zip(*rows, strict=True), strict=True)]

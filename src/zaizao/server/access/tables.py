"""The tables of access, in the same database as the engine's journal (SQLite file or PostgreSQL).

Rule kept: secrets are kept as hashes only. Every change of users and tokens writes a row of ``access_changes`` in the same
transaction; the server that leads the journal moves those rows there (``journaling.py``), so no change stays unrecorded,
also one made at the command line while the server was down.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

METADATA = sa.MetaData()

USERS = sa.Table(
    "access_users",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("password", sa.Text),  # Argon2id; none for people who sign in elsewhere
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
)

TOKENS = sa.Table(
    "access_tokens",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),  # SHA-256 of 256 random bits
    sa.Column("owner", sa.Text),  # the person who answers for it; none for those made at the command line
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),  # 0: never
)

SESSIONS = sa.Table(
    "access_sessions",
    METADATA,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, nullable=False, index=True),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
)

ATTEMPTS = sa.Table(  # failed sign-ins in a row, for known and unknown names alike
    "access_attempts",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
)

CHANGES = sa.Table(  # on their way into the journal
    "access_changes",
    METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sqlite_autoincrement=True,  # a number once used is never used again
)

ACTS = sa.Table(  # what the journal says that people did; follows from it
    "access_acts",
    METADATA,
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False, index=True),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("change", sa.BigInteger, index=True),
    sa.Column("rejected", sa.Text, nullable=False),
)

TRAILS = sa.Table(  # how far each journal was read
    "access_trails",
    METADATA,
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next", sa.BigInteger, nullable=False),
)

APPROVALS = sa.Table(  # proposed -> (approved -> done | failed) | rejected | withdrawn
    "access_approvals",
    METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("proposed_at", sa.BigInteger, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposer", sa.Text, nullable=False),  # the person; empty for a token that nobody owns
    sa.Column("decided_at", sa.BigInteger, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

PULSE = sa.Table(  # one row, written to prove that the database can be written
    "access_pulse",
    METADATA,
    sa.Column("one", sa.Integer, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
)


class Database:
    """The one database, for reading and for writing."""

    def __init__(self, place: str | Path | None) -> None:
        """``place`` is a file, a ``postgresql://`` address, or ``None`` for memory."""
        text = "" if place is None else str(place)
        options: dict[str, Any] = {}
        if text.startswith(("postgresql://", "postgres://")):
            url: str | sa.URL = "postgresql+psycopg://" + text.split("://", 1)[1]
            options["pool_pre_ping"] = True
        else:
            url = sa.URL.create("sqlite", database=text or ":memory:")
            options["connect_args"] = {"timeout": 10, "check_same_thread": False}
            if not text:
                options["poolclass"] = sa.StaticPool
        if text:
            options.update(pool_size=10, max_overflow=50)  # each of many threads asks for a moment only
        self.engine = sa.create_engine(url, **options)
        self.reader = self.engine.execution_options(reading=True)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _manual)
            sa.event.listen(self.engine, "begin", _begin)
        self._make()

    def _make(self) -> None:
        try:
            METADATA.create_all(self.engine)
        except SQLAlchemyError:
            METADATA.create_all(self.engine)  # another node made them at the same time

    def close(self) -> None:
        """Let go of connections."""
        self.engine.dispose()


def carry(source: Database, target: Database) -> None:
    """Copy everything that access holds into the empty ``target``."""
    with source.reader.connect() as reading, target.engine.begin() as writing:
        for table in METADATA.sorted_tables:
            rows = [dict(row) for row in reading.execute(sa.select(table)).mappings()]
            if rows:
                writing.execute(sa.insert(table), rows)
                if target.engine.dialect.name == "postgresql" and "number" in table.c:
                    highest = max(row["number"] for row in rows)  # numbers once used are never used again
                    sequence = sa.func.pg_get_serial_sequence(table.name, "number")
                    writing.execute(sa.select(sa.func.setval(sequence, highest)))


def _manual(connection: Any, _record: Any) -> None:
    """Transactions begin when we say so, and commits reach the disk."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: sa.Connection) -> None:
    """A writer takes the lock at its beginning, so that what it read is still true when it writes."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

"""The inbox's tables, on SQLite and PostgreSQL alike, and how a database of either kind is opened.

Rule kept: ``inbox_history`` is what happened; every other row follows from it and is written in the same transaction.
Table names begin with ``inbox_``: they live beside the engine's in one database. On SQLite a transaction that writes
takes the write lock at its beginning, so that what it read is still true when it writes; on PostgreSQL it locks the
item's row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

NO_DUE = 1 << 62
"""How an item without a due date sorts: last."""

metadata = sa.MetaData()
_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Letters are compared byte by byte on both databases, so that pages have one order.
_name = sa.String(collation="C").with_variant(sa.String(), "sqlite")

items = sa.Table(
    "inbox_items",
    metadata,
    sa.Column("id", _name, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("owner", _name),
    sa.Column("case", _name, nullable=False),
    sa.Column("process", _name, nullable=False),
    sa.Column("pair", sa.String, nullable=False),
    # What lists are sorted by: due (NO_DUE for none), then priority downwards.
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("follow_up", sa.BigInteger, nullable=False),
    # When the clock has to look at the item: its next rung, or the end of its rest; NULL for never.
    sa.Column("wakes", sa.BigInteger),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("inbox_items_list", "open", "due", "rank", "id"),
    sa.Index("inbox_items_case", "case", "pair"),
    sa.Index(
        "inbox_items_wakes",
        "wakes",
        sqlite_where=sa.text("wakes IS NOT NULL"),
        postgresql_where=sa.text("wakes IS NOT NULL"),
    ),
)

history = sa.Table(
    "inbox_history",
    metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=True),
    sa.Column("item", _name, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("change", sa.String, nullable=False),
    # From which state to which; NULL before the offer.
    sa.Column("before", sa.String),
    sa.Column("after", sa.String, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("item", "version"),
)

refusals = sa.Table(
    "inbox_refusals",
    metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=True),
    sa.Column("item", _name, nullable=False, index=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("command", sa.String, nullable=False),
    sa.Column("code", sa.String, nullable=False),
)

# Who finds an item in which list: "g:group", "u:user", "o:owner", "*" for everyone. The sort columns stand here too, so
# that a page of any list is a range of this index; state and kind, so that most filters need no other table.
seen_by = sa.Table(
    "inbox_seen_by",
    metadata,
    sa.Column("who", _name, primary_key=True),
    sa.Column("open", sa.Boolean, primary_key=True),
    sa.Column("due", sa.BigInteger, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("item", _name, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Index("inbox_seen_by_item", "item"),
    sa.Index("inbox_seen_by_next", "who", "state", "rank", "due", "item"),
    sqlite_with_rowid=False,
)

needs = sa.Table(
    "inbox_needs",
    metadata,
    sa.Column("item", _name, primary_key=True),
    sa.Column("skill", sa.String, primary_key=True),
    sa.Column("level", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

skills = sa.Table(
    "inbox_skills",
    metadata,
    sa.Column("person", _name, primary_key=True),
    sa.Column("skill", sa.String, primary_key=True),
    sa.Column("level", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Who has a hand in which task of a pair: one person at most one item. The key decides races between transactions.
hands = sa.Table(
    "inbox_hands",
    metadata,
    sa.Column("case", _name, primary_key=True),
    sa.Column("pair", sa.String, primary_key=True),
    sa.Column("person", _name, primary_key=True),
    sa.Column("item", _name, nullable=False),
    sa.Index("inbox_hands_item", "item"),
    sqlite_with_rowid=False,
)

# What whoever asked for the work has still to be told: removed when told.
errands = sa.Table(
    "inbox_errands",
    metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=True),
    sa.Column("item", _name, nullable=False, index=True),
    sa.Column("act", sa.String, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

notices = sa.Table(
    "inbox_notices",
    metadata,
    sa.Column("number", _number, primary_key=True, autoincrement=True),
    sa.Column("to", _name, nullable=False),
    sa.Column("item", _name, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Index("inbox_notices_to", "to", "number"),
)

forms = sa.Table(
    "inbox_forms",
    metadata,
    sa.Column("id", _name, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

# Up to where each source's journal was read.
positions = sa.Table(
    "inbox_positions",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)


def open_database(url: str) -> Engine:
    """The database at ``url`` (``sqlite:///bank.db``, ``postgresql+psycopg://…``) with the inbox's tables."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            # Nodes that start together would create the tables twice.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20260904)")
        metadata.create_all(connection)
    return engine


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file."""
    return f"sqlite:///{path}"


def _durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

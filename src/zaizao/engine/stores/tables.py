"""The tables of a partition, derived from the row types: one place for both SQL stores.

Rule kept: a row type is its table: the first field is the key, the other fields are the columns in order, and their
annotations are the column types. A new row type needs its line in ``NAMES`` (and in ``rows.ROWS``), a new column
nothing. Indices stand below, each with the question it answers.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Any, NamedTuple, get_args, get_type_hints

from zaizao.engine.stores.rows import (
    ROWS,
    CaseRow,
    DecisionRow,
    DefinitionRow,
    ElementRow,
    FollowedRow,
    IncidentRow,
    JobRow,
    MarkRow,
    MessageRow,
    ParcelRow,
    PastIncidentRow,
    PastJobRow,
    StartRow,
    SubscriptionRow,
    TaskRow,
    TimerRow,
    VariableRow,
)

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
    ParcelRow: "parcels",
    MarkRow: "marks",
    ElementRow: "elements",
    VariableRow: "variables",
    PastJobRow: "past_jobs",
    PastIncidentRow: "past_incidents",
    DecisionRow: "decisions",
    FollowedRow: "followed",
}


class Index(NamedTuple):
    """Columns by which rows of ``table`` are found fast; ``where`` keeps rows that nobody asks for out."""

    table: type[Any]
    columns: str
    where: str = ""


INDICES: dict[str, Index] = {
    "cases_parent": Index(CaseRow, "parent", "parent > 0"),  # the cases that a call activity started
    "cases_lock": Index(CaseRow, "process_id, lock", "lock > ''"),  # one live case a process and correlation key
    "jobs_ready": Index(JobRow, "job_type, priority DESC, key", "state = 'available'"),  # what a worker can take
    "jobs_held": Index(JobRow, "deadline", "deadline > 0"),  # whose deadline is over
    "tasks_open": Index(TaskRow, "assignee, key", "state = 'created'"),  # one person's open tasks
    "timers_due": Index(TimerRow, "due, key"),
    "subscriptions_name": Index(SubscriptionRow, "kind, name, correlation"),  # who waits for this message or signal
    "messages_name": Index(MessageRow, "name, correlation"),  # what a new subscription may take
    "cases_process": Index(CaseRow, "process, state"),  # the cases of a definition
    "cases_started": Index(CaseRow, "started"),
    "cases_business": Index(CaseRow, "business_id", "business_id > ''"),
    "elements_process": Index(ElementRow, "process, node, state"),  # statistics of a definition
    "variables_name": Index(VariableRow, "name, scope"),  # cases by the value of a variable
    "past_jobs_type": Index(PastJobRow, "job_type, state"),
    "past_incidents_open": Index(PastIncidentRow, "raised", "ended = 0"),
    "decisions_name": Index(DecisionRow, "decision_id"),
    "messages_expires": Index(MessageRow, "expires"),
    "parcels_receiver": Index(ParcelRow, "receiver, key"),
}


class Types(NamedTuple):
    """How a database names the column types, and what ends its table definitions."""

    integer: str
    text: str
    blob: str
    ending: str = ""


SQLITE = Types("INTEGER", "TEXT", "BLOB", " STRICT")
POSTGRES = Types("BIGINT", "TEXT", "BYTEA")


class Column(NamedTuple):
    """A column: its Python type without ``None``, and whether it may be null."""

    name: str
    type: type[Any]
    null: bool


def columns(table: type[Any]) -> tuple[Column, ...]:
    """The columns of a row type, in order."""
    made = []
    for name, hint in get_type_hints(table).items():
        choices = get_args(hint)
        null = type(None) in choices
        made.append(Column(name, next(one for one in choices if one is not type(None)) if null else hint, null))
    return tuple(made)


COLUMNS: dict[type[Any], tuple[Column, ...]] = {table: columns(table) for table in ROWS}
ENUMS: dict[type[Any], tuple[tuple[int, dict[str, Any]], ...]] = {
    table: tuple(
        (place, {member.value: member for member in column.type})
        for place, column in enumerate(COLUMNS[table])
        if issubclass(column.type, Enum)
    )
    for table in ROWS
}
"""Columns whose values are made enumeration members again after reading: (place, value → member)."""


def type_of(column: Column, types: Types) -> str:
    """The database's type of a column."""
    if issubclass(column.type, int):
        return types.integer
    return types.text if issubclass(column.type, str) else types.blob


def definition(table: type[Any], types: Types) -> str:
    """The statement that creates the table of a row type."""
    lines = [
        f'"{column.name}" {type_of(column, types)}'
        + ("" if column.null else " NOT NULL")
        + ("" if place else " PRIMARY KEY")
        for place, column in enumerate(COLUMNS[table])
    ]
    return f"CREATE TABLE IF NOT EXISTS {NAMES[table]} ({', '.join(lines)}){types.ending}"


def indices() -> list[str]:
    """The statements that create the indices."""
    return [
        f"CREATE INDEX IF NOT EXISTS {name} ON {NAMES[index.table]} ({index.columns})"
        + (f" WHERE {index.where}" if index.where else "")
        for name, index in INDICES.items()
    ]


def journal(types: Types) -> list[str]:
    """The statements that create what is no projection: journal, waiting cases, counters.

    The journal has one entry a command and case; ``body`` is the JSON of its events, ``hash`` chains it to the entry
    before. A waiting case is kept whole: replaced at each step, removed at the end. The counters are one row: the
    last case number, the next position, the last hash. The layout is one row: that of the rows as they stand.
    """
    number, blob = f"{types.integer} NOT NULL", f"{types.blob} NOT NULL"
    return [
        f'CREATE TABLE IF NOT EXISTS journal (position {types.integer} PRIMARY KEY, "case" {number}, at {number}, '
        f"count {number}, body {blob}, hash {blob}){types.ending}",
        'CREATE INDEX IF NOT EXISTS journal_case ON journal ("case", position)',
        f"CREATE TABLE IF NOT EXISTS waiting (key {types.integer} PRIMARY KEY, body {blob}){types.ending}",
        f"CREATE TABLE IF NOT EXISTS counters (one {types.integer} PRIMARY KEY CHECK (one = 1), number {number}, "
        f"position {number}, hash {blob}){types.ending}",
        f"CREATE TABLE IF NOT EXISTS layout (one {types.integer} PRIMARY KEY CHECK (one = 1), number {number})"
        + types.ending,
    ]


def schema(types: Types) -> list[str]:
    """Every statement that an empty database needs."""
    return [*journal(types), *rows_schema(types)]


def rows_schema(types: Types) -> list[str]:
    """The statements that create the rows' tables and indices."""
    return [*(definition(table, types) for table in ROWS), *indices()]


def layout() -> int:
    """A number that changes when a row type does: rows of another layout are made again from the journal."""
    words = "\n".join(definition(table, SQLITE) for table in ROWS)
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big") & 0x7FFFFFFF

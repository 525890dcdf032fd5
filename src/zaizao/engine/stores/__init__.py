"""Where a partition keeps its journal, its waiting cases and the rows that queries read."""

from zaizao.engine.stores.backup import restore
from zaizao.engine.stores.memory import MemoryStore
from zaizao.engine.stores.postgres import PostgresStore
from zaizao.engine.stores.rows import (
    CaseRow,
    CaseState,
    DefinitionRow,
    Entry,
    IncidentRow,
    JobRow,
    JobState,
    MarkRow,
    MessageRow,
    ParcelRow,
    StartRow,
    SubscriptionRow,
    TaskRow,
    TimerRow,
)
from zaizao.engine.stores.sqlite import SqliteStore
from zaizao.engine.stores.store import Store

__all__ = [
    "CaseRow",
    "CaseState",
    "DefinitionRow",
    "Entry",
    "IncidentRow",
    "JobRow",
    "JobState",
    "MarkRow",
    "MemoryStore",
    "MessageRow",
    "ParcelRow",
    "PostgresStore",
    "SqliteStore",
    "StartRow",
    "Store",
    "SubscriptionRow",
    "TaskRow",
    "TimerRow",
    "restore",
]

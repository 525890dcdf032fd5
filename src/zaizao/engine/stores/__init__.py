"""Where a partition keeps its journal, its waiting cases and the rows that queries read."""

from zaizao.engine.stores.backup import restore
from zaizao.engine.stores.memory import MemoryStore
from zaizao.engine.stores.postgres import PostgresStore
from zaizao.engine.stores.query import Among, Condition, Either, Op, Search, Test, behind, in_order, place_of
from zaizao.engine.stores.rows import (
    HISTORY,
    CaseRow,
    CaseState,
    DecisionRow,
    DefinitionRow,
    ElementRow,
    Entry,
    FollowedRow,
    IncidentRow,
    JobRow,
    JobState,
    MessageRow,
    PastIncidentRow,
    PastJobRow,
    StartRow,
    SubscriptionRow,
    TaskRow,
    TimerRow,
    VariableRow,
)
from zaizao.engine.stores.sqlite import SqliteStore
from zaizao.engine.stores.store import Store

__all__ = [
    "HISTORY",
    "Among",
    "CaseRow",
    "CaseState",
    "Condition",
    "DecisionRow",
    "DefinitionRow",
    "Either",
    "ElementRow",
    "Entry",
    "FollowedRow",
    "IncidentRow",
    "JobRow",
    "JobState",
    "MemoryStore",
    "MessageRow",
    "Op",
    "PastIncidentRow",
    "PastJobRow",
    "PostgresStore",
    "Search",
    "SqliteStore",
    "StartRow",
    "Store",
    "SubscriptionRow",
    "TaskRow",
    "Test",
    "TimerRow",
    "VariableRow",
    "behind",
    "in_order",
    "place_of",
    "restore",
]

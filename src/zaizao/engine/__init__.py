"""The engine: executes BPMN processes. A pure core, a journal, stores, a clock, and the job contract."""

from zaizao.engine.carrying import FIRST, home_of
from zaizao.engine.clock import Clock, SystemClock, VirtualClock
from zaizao.engine.commands import Verdict
from zaizao.engine.deploying import Deployment
from zaizao.engine.engine import Engine
from zaizao.engine.errors import (
    CommandRejected,
    DeploymentRefused,
    EngineError,
    JournalBroken,
    LeaseLost,
    StoreUnavailable,
)
from zaizao.engine.export import to_log
from zaizao.engine.history import HistoryBehind
from zaizao.engine.jobs import ActivatedJob
from zaizao.engine.keys import CaseKey, Key, case_of, inside, local_of, partition_of
from zaizao.engine.leases import Lease, Leases, parcels_heard
from zaizao.engine.lifecycle import LIFECYCLES, Lifecycle, Status
from zaizao.engine.post import Correlated
from zaizao.engine.records import Acted, IncidentKind, Record, Rejection
from zaizao.engine.stores import (
    CaseRow,
    CaseState,
    DefinitionRow,
    IncidentRow,
    JobRow,
    JobState,
    MemoryStore,
    ParcelRow,
    PostgresStore,
    SqliteStore,
    Store,
    TaskRow,
    restore,
)

__all__ = [
    "FIRST",
    "LIFECYCLES",
    "Acted",
    "ActivatedJob",
    "CaseKey",
    "CaseRow",
    "CaseState",
    "Clock",
    "CommandRejected",
    "Correlated",
    "DefinitionRow",
    "Deployment",
    "DeploymentRefused",
    "Engine",
    "EngineError",
    "HistoryBehind",
    "IncidentKind",
    "IncidentRow",
    "JobRow",
    "JobState",
    "JournalBroken",
    "Key",
    "Lease",
    "LeaseLost",
    "Leases",
    "Lifecycle",
    "MemoryStore",
    "ParcelRow",
    "PostgresStore",
    "Record",
    "Rejection",
    "SqliteStore",
    "Status",
    "Store",
    "StoreUnavailable",
    "SystemClock",
    "TaskRow",
    "Verdict",
    "VirtualClock",
    "case_of",
    "home_of",
    "inside",
    "local_of",
    "parcels_heard",
    "partition_of",
    "restore",
    "to_log",
]

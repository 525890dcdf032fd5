"""The engine: executes BPMN processes. A pure core, a journal, stores, a clock, and the job contract."""

from zaizao.engine.clock import Clock, SystemClock, VirtualClock
from zaizao.engine.deploying import Deployment
from zaizao.engine.engine import Engine
from zaizao.engine.errors import CommandRejected, DeploymentRefused, EngineError, JournalBroken, StoreUnavailable
from zaizao.engine.export import to_log
from zaizao.engine.jobs import ActivatedJob
from zaizao.engine.keys import CaseKey, Key, case_of, inside, local_of
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
    SqliteStore,
    Store,
    TaskRow,
)

__all__ = [
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
    "IncidentKind",
    "IncidentRow",
    "JobRow",
    "JobState",
    "JournalBroken",
    "Key",
    "Lifecycle",
    "MemoryStore",
    "Record",
    "Rejection",
    "SqliteStore",
    "Status",
    "Store",
    "StoreUnavailable",
    "SystemClock",
    "TaskRow",
    "VirtualClock",
    "case_of",
    "inside",
    "local_of",
    "to_log",
]

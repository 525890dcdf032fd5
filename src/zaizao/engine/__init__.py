"""The engine: executes BPMN processes. A pure core, a journal, stores, a clock, and the job contract."""

from zaizao.engine.capability import (
    BusinessError,
    Capability,
    Done,
    Failed,
    JobCall,
    Manifest,
    Threw,
    Unfit,
    capability,
    capability_of,
)
from zaizao.engine.clock import Clock, SystemClock, VirtualClock
from zaizao.engine.commands import Verdict
from zaizao.engine.contract import Example, check_capability
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
from zaizao.engine.jobs import ActivatedJob
from zaizao.engine.keys import CaseKey, Key, case_of, inside, local_of
from zaizao.engine.lifecycle import LIFECYCLES, Lifecycle, Status
from zaizao.engine.post import Correlated
from zaizao.engine.records import Acted, CaseCompleted, CaseCreated, CaseTerminated, IncidentKind, Record, Rejection
from zaizao.engine.stores import (
    CaseRow,
    CaseState,
    DefinitionRow,
    IncidentRow,
    JobRow,
    JobState,
    MemoryStore,
    PostgresStore,
    SqliteStore,
    Store,
    TaskRow,
    restore,
)

__all__ = [
    "LIFECYCLES",
    "Acted",
    "ActivatedJob",
    "BusinessError",
    "Capability",
    "CaseCompleted",
    "CaseCreated",
    "CaseKey",
    "CaseRow",
    "CaseState",
    "CaseTerminated",
    "Clock",
    "CommandRejected",
    "Correlated",
    "DefinitionRow",
    "Deployment",
    "DeploymentRefused",
    "Done",
    "Engine",
    "EngineError",
    "Example",
    "Failed",
    "IncidentKind",
    "IncidentRow",
    "JobCall",
    "JobRow",
    "JobState",
    "JournalBroken",
    "Key",
    "LeaseLost",
    "Lifecycle",
    "Manifest",
    "MemoryStore",
    "PostgresStore",
    "Record",
    "Rejection",
    "SqliteStore",
    "Status",
    "Store",
    "StoreUnavailable",
    "SystemClock",
    "TaskRow",
    "Threw",
    "Unfit",
    "Verdict",
    "VirtualClock",
    "capability",
    "capability_of",
    "case_of",
    "check_capability",
    "inside",
    "local_of",
    "restore",
    "to_log",
]

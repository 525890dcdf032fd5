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
from zaizao.engine.carrying import FIRST, home_of
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
from zaizao.engine.history import HistoryBehind
from zaizao.engine.jobs import ActivatedJob
from zaizao.engine.keys import CaseKey, Key, case_of, inside, local_of, partition_of
from zaizao.engine.leases import Lease, Leases, parcels_heard
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
    "HistoryBehind",
    "IncidentKind",
    "IncidentRow",
    "JobCall",
    "JobRow",
    "JobState",
    "JournalBroken",
    "Key",
    "Lease",
    "LeaseLost",
    "Leases",
    "Lifecycle",
    "Manifest",
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
    "Threw",
    "Unfit",
    "Verdict",
    "VirtualClock",
    "capability",
    "capability_of",
    "case_of",
    "check_capability",
    "home_of",
    "inside",
    "local_of",
    "parcels_heard",
    "partition_of",
    "restore",
    "to_log",
]

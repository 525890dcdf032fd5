"""Records: everything that happened, each as its own immutable type.

Rule kept: commands, events and rejections are different types; an event is written in the past tense, names things
inside its case by local number, and says everything that its applier needs. Values of variables are JSON with exact
numbers (``Decimal``). What is encoded is what is replayed: ``decode(encode(events)) == events``.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from zaizao.engine.partition_records import (
    Acted as Acted,
    CaseForgotten as CaseForgotten,
    DecidedStep as DecidedStep,
    DecisionAsked as DecisionAsked,
    Deployed as Deployed,
    Described as Described,
    Event as Event,
    FarWaitClosed as FarWaitClosed,
    FarWaitOpened as FarWaitOpened,
    JobHeld as JobHeld,
    JobsActivated as JobsActivated,
    JobsTimedOut as JobsTimedOut,
    MessageCorrelated as MessageCorrelated,
    MessageExpired as MessageExpired,
    MessagePublished as MessagePublished,
    MessageReturned as MessageReturned,
    ParcelSent as ParcelSent,
    ParcelsForgotten as ParcelsForgotten,
    ParcelTaken as ParcelTaken,
    Removed as Removed,
    StartArmed as StartArmed,
    StartDisarmed as StartDisarmed,
    StartFired as StartFired,
    Variables as Variables,
    WaitKind as WaitKind,
)


class IncidentKind(StrEnum):
    """Why a case cannot go on by itself."""

    EXPRESSION = "expression"
    CONDITION = "no-condition-holds"
    JOB = "job-no-retries"
    LISTENER = "execution-listener-no-retries"
    TASK_LISTENER = "task-listener-no-retries"
    ERROR = "unhandled-error"
    DECISION = "decision"
    CALLED = "called-process"
    DEADLOCK = "deadlock"
    RUNAWAY = "runaway-loop"
    MIGRATION = "event-of-migration"


# --- the case -----------------------------------------------------------------------------------------------------


class ParentLink(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The call activity that started a case, and which codes its ancestors catch (``None`` catches all)."""

    element: int
    errors: tuple[str | None, ...] = ()
    escalations: tuple[str | None, ...] = ()


class CaseCreated(Event, frozen=True):
    """A case of definition ``process`` (a key) began; its root element is number 0."""

    process: int
    variables: Variables
    parent: ParentLink | None = None
    business_id: str = ""


class CaseTagged(Event, frozen=True):
    """The case bears these tags."""

    tags: tuple[str, ...]


class CaseCompleted(Event, frozen=True):
    """Every token was consumed."""


class CaseTerminated(Event, frozen=True):
    """The case was ended from outside or by an error that its caller handles."""

    reason: str = ""


class CaseMigrated(Event, frozen=True):
    """The case now follows definition ``process``; ``nodes`` maps each live element to its node there."""

    process: int
    nodes: dict[int, int]
    flows: dict[int, int]


# --- elements and tokens ------------------------------------------------------------------------------------------


class ElementEntered(Event, frozen=True):
    """A token reached ``node`` but its input mappings are in trouble."""

    id: int
    node: int
    scope: int
    flow: int = -1
    index: int = 0


class ElementActivated(Event, frozen=True):
    """Element ``id`` of ``node`` runs inside ``scope``; ``variables`` are its own, ``index`` its place in a loop."""

    id: int
    node: int
    scope: int
    flow: int = -1
    variables: Variables | None = None
    index: int = 0


class ElementCompleting(Event, frozen=True):
    """The work is done; an output mapping or a condition still has to succeed."""

    id: int


class ElementCompleted(Event, frozen=True):
    """The element ended as modelled."""

    id: int


class ElementTerminated(Event, frozen=True):
    """The element was ended before its work was done."""

    id: int


class TokenArrived(Event, frozen=True):
    """A token waits at the join ``node`` on its incoming ``flow``."""

    scope: int
    node: int
    flow: int


class JoinFired(Event, frozen=True):
    """The join consumed one waiting token from each of ``flows``; ``open`` is a complex gateway's new phase."""

    scope: int
    node: int
    flows: tuple[int, ...]
    reset: bool = False


class VariablesSet(Event, frozen=True):
    """Variables of scope ``id`` took these values."""

    id: int
    variables: Variables


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """What a task shall become. Times in µs, 0 where none; ``variables`` come with completing or an update."""

    assignee: str | None = None
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    due: int = 0
    follow_up: int = 0
    priority: int = 50
    variables: Variables | None = None
    local: bool = False
    action: str = ""


# --- jobs and tasks -----------------------------------------------------------------------------------------------


class JobCreated(Event, frozen=True):
    """Machine work of ``job_type`` waits for a worker. The job's number is its element's."""

    id: int
    job_type: str
    retries: int
    priority: int = 0


class ListenerCreated(Event, frozen=True):
    """Listener ``place`` of ``event`` waits for a worker, as job ``id``; ``resume`` is how the case was started."""

    id: int
    element: int
    event: str
    place: int
    job_type: str
    retries: int
    resume: tuple[int, ...] = ()


class JobCompleted(Event, frozen=True):
    """A worker finished the job."""

    id: int


class JobFailed(Event, frozen=True):
    """A worker gave up; ``retries`` are left, not before ``retry_at`` (µs)."""

    id: int
    retries: int
    message: str
    retry_at: int = 0


class JobUpdated(Event, frozen=True):
    """Someone set the retries or priority."""

    id: int
    retries: int
    priority: int


class JobRetried(Event, frozen=True):
    """A job without retries is available again after its incident was resolved."""

    id: int


class JobErrorThrown(Event, frozen=True):
    """A worker ended the job with a business error."""

    id: int
    code: str
    message: str = ""


class JobCanceled(Event, frozen=True):
    """The job's element ended first."""

    id: int


class TaskCreated(Event, frozen=True):
    """Human work waits. Times are µs, 0 where none."""

    id: int
    assignee: str | None = None
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    due: int = 0
    follow_up: int = 0
    priority: int = 50
    form: str = ""


class TaskAssigned(Event, frozen=True):
    """The task has a new assignee, or none."""

    id: int
    assignee: str | None


class TaskUpdated(Event, frozen=True):
    """Dates, groups or priority changed."""

    id: int
    groups: tuple[str, ...]
    users: tuple[str, ...]
    due: int
    follow_up: int
    priority: int


class TaskChanging(Event, frozen=True):
    """A change of the task waits for its listeners: ``event`` says which, the rest what shall become of it."""

    id: int
    event: str
    wanted: Wanted


class TaskCorrected(Event, frozen=True):
    """A listener put something right in the change that waits."""

    id: int
    wanted: Wanted


class TaskDenied(Event, frozen=True):
    """A listener forbade the change that waited; the task is as it was."""

    id: int
    event: str
    reason: str = ""


class TaskChanged(Event, frozen=True):
    """All listeners agreed; the change follows."""

    id: int
    event: str


class TaskCompleted(Event, frozen=True):
    """``by`` finished the task."""

    id: int
    by: str | None = None
    action: str = ""


class TaskCanceled(Event, frozen=True):
    """The task's element ended first."""

    id: int


# --- waiting ------------------------------------------------------------------------------------------------------


class TimerArmed(Event, frozen=True):
    """Wait ``id`` of ``element`` fires at ``due`` (µs); ``remaining`` repetitions follow every ``cycle``."""

    id: int
    element: int
    node: int
    definition: int
    due: int
    remaining: int = 0
    cycle: str = ""


class TimerRearmed(Event, frozen=True):
    """A cycle's next firing."""

    id: int
    element: int
    due: int
    remaining: int


class Subscribed(Event, frozen=True):
    """Wait ``id`` of ``element`` waits for a message (by ``key``), signal or condition."""

    id: int
    element: int
    node: int
    definition: int
    kind: WaitKind
    name: str
    key: str = ""


class ConditionSeen(Event, frozen=True):
    """The condition of wait ``id`` turned to ``truth``."""

    id: int
    element: int
    truth: bool


class WaitTriggered(Event, frozen=True):
    """What wait ``id`` waited for came; it stays open where ``keep``."""

    id: int
    element: int
    keep: bool = False


class WaitCanceled(Event, frozen=True):
    """The wait is no longer of interest."""

    id: int
    element: int


# --- trouble ------------------------------------------------------------------------------------------------------


class IncidentRaised(Event, frozen=True):
    """``element`` cannot go on until a person acts."""

    id: int
    element: int
    kind: IncidentKind
    message: str


class IncidentResolved(Event, frozen=True):
    """A person acted; the element tries again. Or its element is gone."""

    id: int


# --- throwing -----------------------------------------------------------------------------------------------------


class ErrorThrown(Event, frozen=True):
    """``element`` threw error ``code``."""

    element: int
    code: str
    message: str = ""


class EscalationThrown(Event, frozen=True):
    """``element`` threw escalation ``code``."""

    element: int
    code: str


class SignalThrown(Event, frozen=True):
    """``element`` broadcasts signal ``name`` to every listener of the partition."""

    element: int
    name: str
    variables: Variables


class MessageThrown(Event, frozen=True):
    """``element`` sends a message to whoever waits for it."""

    element: int
    name: str
    key: str
    variables: Variables


class DecisionEvaluated(Event, frozen=True):
    """A business rule task asked ``decision``."""

    element: int
    decision: str
    version: str
    output: Any
    failure: str = ""


class DecisionTraced(Event, frozen=True):
    """How the answer that ``element`` got came about: ``steps`` in the order in which they ended, the asked one last.

    ``root`` and ``requirements`` are the definitions of the asked decision and of its model.
    """

    element: int
    failure: str
    steps: tuple[DecidedStep, ...]
    root: int
    requirements: int


class ChildRequested(Event, frozen=True):
    """A call activity asks for a case of process ``process``."""

    element: int
    process: str
    variables: Variables
    errors: tuple[str | None, ...] = ()
    escalations: tuple[str | None, ...] = ()
    binding: str = "latest"
    version_tag: str | None = None


class ChildAbandoned(Event, frozen=True):
    """The call activity ended first: its case is to be terminated."""

    element: int


class ErrorEscaped(Event, frozen=True):
    """The case ends with an error that its caller catches."""

    code: str
    message: str = ""


class EscalationEscaped(Event, frozen=True):
    """An escalation goes up to the caller."""

    code: str


class Postponed(Event, frozen=True):
    """``command`` (JSON) would end user tasks whose canceling listeners must run first; it is carried out after them."""

    command: str


class Resumed(Event, frozen=True):
    """The commands that were put off are carried out now."""


# --- loops and compensation ---------------------------------------------------------------------------------------


class LoopStarted(Event, frozen=True):
    """A multi-instance or standard loop began; ``items`` where it runs over a collection."""

    id: int
    total: int
    items: list[Any] | None = None


class LoopIterated(Event, frozen=True):
    """The next run of the loop began."""

    id: int


class LoopCollected(Event, frozen=True):
    """Run ``index`` (from 0) gave ``value`` to the output collection."""

    id: int
    index: int
    value: Any


class Compensable(msgspec.Struct, frozen=True, array_like=True):
    """A completed activity that can be undone: its ``node``, the ``handler``, and the data as it was."""

    node: int
    handler: int
    snapshot: Variables
    owners: tuple[int, ...] = ()
    nested: tuple[Compensable, ...] = ()


class Advanced(Event, frozen=True):
    """One more activity of a sequential ad-hoc sub-process began."""

    id: int


class CompensationKept(Event, frozen=True):
    """``scope`` remembers what it may have to undo."""

    scope: int
    entries: tuple[Compensable, ...]


class CompensationStarted(Event, frozen=True):
    """Element ``id`` undoes ``picks`` (positions in the memory of ``scope``), last first."""

    id: int
    scope: int
    picks: tuple[int, ...]


class CompensationAdvanced(Event, frozen=True):
    """The handler of the last entry was started."""

    id: int


AnyEvent = (
    CaseCreated
    | CaseTagged
    | CaseCompleted
    | CaseTerminated
    | CaseMigrated
    | ElementEntered
    | ElementActivated
    | ElementCompleting
    | ElementCompleted
    | ElementTerminated
    | TokenArrived
    | JoinFired
    | VariablesSet
    | JobCreated
    | ListenerCreated
    | JobCompleted
    | JobFailed
    | JobUpdated
    | JobRetried
    | JobErrorThrown
    | JobCanceled
    | TaskCreated
    | TaskAssigned
    | TaskUpdated
    | TaskChanging
    | TaskCorrected
    | TaskDenied
    | TaskChanged
    | TaskCompleted
    | TaskCanceled
    | TimerArmed
    | TimerRearmed
    | Subscribed
    | ConditionSeen
    | WaitTriggered
    | WaitCanceled
    | IncidentRaised
    | IncidentResolved
    | ErrorThrown
    | EscalationThrown
    | SignalThrown
    | MessageThrown
    | DecisionEvaluated
    | DecisionTraced
    | ChildRequested
    | ChildAbandoned
    | ErrorEscaped
    | EscalationEscaped
    | Postponed
    | Resumed
    | LoopStarted
    | LoopIterated
    | LoopCollected
    | Advanced
    | CompensationKept
    | CompensationStarted
    | CompensationAdvanced
    | Deployed
    | Described
    | Removed
    | CaseForgotten
    | DecisionAsked
    | JobsActivated
    | JobHeld
    | JobsTimedOut
    | MessagePublished
    | MessageCorrelated
    | MessageExpired
    | MessageReturned
    | FarWaitOpened
    | FarWaitClosed
    | ParcelSent
    | ParcelTaken
    | ParcelsForgotten
    | StartArmed
    | StartFired
    | StartDisarmed
    | Acted
)


class Rejection(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="rejection"):
    """A command that did not apply: recorded, and without effect."""

    command: str
    code: str
    reason: str


class Record(NamedTuple):
    """One entry of the journal: what happened, in which case (0: the partition), at which time (µs UTC)."""

    position: int
    at: int
    case: int
    event: AnyEvent | Rejection


_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(list[AnyEvent | Rejection], float_hook=Decimal)


def encode(events: list[Any]) -> bytes:
    """The events of one command as JSON."""
    return _encoder.encode(events)


def decode(data: bytes) -> list[AnyEvent | Rejection]:
    """The events that ``encode`` wrote."""
    return _decoder.decode(data)

"""Commands: what someone asks of a case.

Rule kept: a command is a wish; it names things inside the case by local number and changes nothing by itself.
``step`` answers it with events, or with a ``Rejection`` when it does not apply.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from zaizao.engine.records import ParentLink, Variables


class Command(msgspec.Struct, frozen=True, tag=True):
    """A wish addressed to one case."""


class Verdict(msgspec.Struct, frozen=True):
    """What a task listener says: ``denied`` with a ``reason``, or corrections (``None`` leaves as is, 0 or "" clears).

    Times in µs.
    """

    denied: bool = False
    reason: str = ""
    assignee: str | None = None
    groups: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None
    due: int | None = None
    follow_up: int | None = None
    priority: int | None = None


class Start(Command, frozen=True):
    """Begin the case at ``start`` (a node index, -1: the none start event), with ``variables``."""

    variables: Variables
    start: int = -1
    parent: ParentLink | None = None
    business_id: str = ""
    before: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


class CompleteJob(Command, frozen=True):
    """A worker finished job ``id``; a task listener may give a ``verdict``."""

    id: int
    variables: Variables
    verdict: Verdict | None = None


class FailJob(Command, frozen=True):
    """A worker gave up job ``id``; ``retries`` are left, after ``back_off`` µs."""

    id: int
    retries: int
    message: str = ""
    back_off: int = 0
    variables: Variables | None = None


class ThrowJobError(Command, frozen=True):
    """A worker ends job ``id`` with business error ``code``."""

    id: int
    code: str
    message: str = ""
    variables: Variables | None = None


class UpdateJob(Command, frozen=True):
    """Set retries or priority of job ``id``; ``None`` leaves as is."""

    id: int
    retries: int | None = None
    priority: int | None = None


class AssignTask(Command, frozen=True):
    """Give task ``id`` to ``assignee`` (``None`` frees it); a task of someone else only where ``override``."""

    id: int
    assignee: str | None
    override: bool = True
    action: str = ""


class UpdateTask(Command, frozen=True):
    """Change dates (µs, 0 clears), candidates or priority of task ``id``; ``None`` leaves as is."""

    id: int
    groups: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None
    due: int | None = None
    follow_up: int | None = None
    priority: int | None = None
    action: str = ""


class CompleteTask(Command, frozen=True):
    """Finish task ``id``; ``by`` becomes the assignee where it has none."""

    id: int
    variables: Variables
    by: str | None = None
    action: str = ""


class FireTimer(Command, frozen=True):
    """Timer ``wait`` of ``element`` is due."""

    element: int
    wait: int


class Correlate(Command, frozen=True):
    """A message or signal came for ``wait`` of ``element``."""

    element: int
    wait: int
    variables: Variables


class ResolveIncident(Command, frozen=True):
    """Try again what incident ``id`` stopped."""

    id: int


class SetVariables(Command, frozen=True):
    """Set variables in scope ``element`` itself (``local``) or where they are."""

    element: int
    variables: Variables
    local: bool = False


class CancelCase(Command, frozen=True):
    """End the case at once."""

    reason: str = "canceled"


class ChildCompleted(Command, frozen=True):
    """The case that ``element`` called completed with ``variables``."""

    element: int
    variables: Variables


class ChildFailed(Command, frozen=True):
    """The case that ``element`` called ended with error ``code``."""

    element: int
    code: str
    message: str = ""


class ChildEscalated(Command, frozen=True):
    """The case that ``element`` called raised escalation ``code``."""

    element: int
    code: str


class ChildRefused(Command, frozen=True):
    """The process that ``element`` calls cannot be started."""

    element: int
    reason: str


class Activation(msgspec.Struct, frozen=True):
    """Start ``node`` (an index) inside the live scope ``scope`` (-1: found), with variables for named scopes."""

    node: int
    scope: int = -1
    variables: Variables = {}


class ModifyCase(Command, frozen=True):
    """Terminate ``terminate`` (live element numbers) and start before the nodes of ``activate``."""

    activate: tuple[Activation, ...] = ()
    terminate: tuple[int, ...] = ()
    variables: Variables = {}


class MigrateCase(Command, frozen=True):
    """Follow definition ``process``; ``mapping`` of node index there by node index here, complete for live nodes."""

    process: int
    nodes: dict[int, int]
    flows: dict[int, int]


class ArmEvents(Command, frozen=True):
    """After a migration: let live elements wait for the boundary events and event sub-processes ``nodes`` it brought."""

    nodes: tuple[int, ...]


class ActivateAdHoc(Command, frozen=True):
    """Start ``nodes`` inside the ad-hoc sub-process ``element``."""

    element: int
    nodes: tuple[int, ...]


AnyCommand = (
    Start
    | CompleteJob
    | FailJob
    | ThrowJobError
    | UpdateJob
    | AssignTask
    | UpdateTask
    | CompleteTask
    | FireTimer
    | Correlate
    | ResolveIncident
    | SetVariables
    | CancelCase
    | ChildCompleted
    | ChildFailed
    | ChildEscalated
    | ChildRefused
    | ModifyCase
    | MigrateCase
    | ArmEvents
    | ActivateAdHoc
)

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand, float_hook=Decimal)


def encode(command: Command) -> str:
    """The command as JSON."""
    return _encoder.encode(command).decode()


def decode(text: str) -> AnyCommand:
    """The command that ``encode`` wrote."""
    return _decoder.decode(text)

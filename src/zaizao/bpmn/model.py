"""Process models as typed, immutable objects: BPMN 2.0.2 (ISO/IEC 19510) with the ``zeebe:`` dialect as native.

Rule kept: a model says everything that reading found, in the notation's own words. Elements refer to each other by
id; nothing here runs, draws or parses. ``foreign`` keeps what this package does not know (extension elements and
attributes, as XML text), so that write(read(model)) loses nothing. Expressions are FEEL text without the leading ``=``;
a static value (no leading ``=``) is kept as a FEEL string literal by the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from zaizao.problems import Problem

Attributes = Mapping[str, str]


class TaskKind(StrEnum):
    """The task types of BPMN 10.3.3, by their XML names."""

    UNDEFINED = "task"
    SERVICE = "serviceTask"
    USER = "userTask"
    SEND = "sendTask"
    RECEIVE = "receiveTask"
    SCRIPT = "scriptTask"
    BUSINESS_RULE = "businessRuleTask"
    MANUAL = "manualTask"


class GatewayKind(StrEnum):
    """The gateways of BPMN 10.6, by their XML names."""

    EXCLUSIVE = "exclusiveGateway"
    PARALLEL = "parallelGateway"
    INCLUSIVE = "inclusiveGateway"
    EVENT_BASED = "eventBasedGateway"
    COMPLEX = "complexGateway"


class EventPosition(StrEnum):
    """Where an event stands (BPMN 10.5), by XML name."""

    START = "startEvent"
    CATCH = "intermediateCatchEvent"
    THROW = "intermediateThrowEvent"
    END = "endEvent"
    BOUNDARY = "boundaryEvent"


class SubProcessKind(StrEnum):
    """Sub-process flavours of BPMN 10.3.5."""

    EMBEDDED = "embedded"
    EVENT = "event"
    TRANSACTION = "transaction"
    AD_HOC = "adHoc"


class TimerKind(StrEnum):
    """Which ISO 8601 form a timer's expression yields."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


# --- event definitions (BPMN 10.5.5): what an event waits for or raises -------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Definition:
    """What every event definition may carry: its id and what this package does not know."""

    id: str = ""
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageDefinition(_Definition):
    """Catches or throws the message with id ``message`` (an entry of ``Definitions.messages``)."""

    message: str | None


@dataclass(frozen=True, slots=True)
class TimerDefinition(_Definition):
    """Fires when ``expression`` says; ``None`` where the model leaves it out."""

    kind: TimerKind | None
    expression: str | None


@dataclass(frozen=True, slots=True)
class ErrorDefinition(_Definition):
    """``error`` is an id of ``Definitions.errors``; ``None`` catches all."""

    error: str | None


@dataclass(frozen=True, slots=True)
class EscalationDefinition(_Definition):
    """``escalation`` is an id of ``Definitions.escalations``; ``None`` catches all."""

    escalation: str | None


@dataclass(frozen=True, slots=True)
class SignalDefinition(_Definition):
    """``signal`` is an id of ``Definitions.signals``."""

    signal: str | None


@dataclass(frozen=True, slots=True)
class ConditionalDefinition(_Definition):
    """Fires when the FEEL ``condition`` becomes true."""

    condition: str | None


@dataclass(frozen=True, slots=True)
class LinkDefinition(_Definition):
    """Joins throw and catch of the same ``name`` in one scope."""

    name: str


@dataclass(frozen=True, slots=True)
class CompensationDefinition(_Definition):
    """Compensates ``activity`` (an element id), or the whole scope when ``None``."""

    activity: str | None
    wait: bool = True


@dataclass(frozen=True, slots=True)
class TerminateDefinition(_Definition):
    """Ends its scope at once."""


@dataclass(frozen=True, slots=True)
class CancelDefinition(_Definition):
    """Cancels the enclosing transaction."""


EventDefinition = (
    MessageDefinition
    | TimerDefinition
    | ErrorDefinition
    | EscalationDefinition
    | SignalDefinition
    | ConditionalDefinition
    | LinkDefinition
    | CompensationDefinition
    | TerminateDefinition
    | CancelDefinition
)


# --- what tasks carry (zeebe dialect) -----------------------------------------------------------------------------


class Mapped(NamedTuple):
    """One input or output mapping: FEEL ``source`` into variable ``target``."""

    source: str
    target: str


class Listener(NamedTuple):
    """A job that runs when an element or task reaches ``event``; ``type`` and ``retries`` are FEEL texts.

    ``event`` is ``start`` or ``end`` of an element (``zeebe:executionListener``), or ``creating``, ``assigning``,
    ``updating``, ``completing`` or ``canceling`` of a user task (``zeebe:taskListener``).
    """

    event: str
    type: str
    retries: str = "3"


@dataclass(frozen=True, slots=True)
class Job:
    """``zeebe:taskDefinition``: job type and retries (FEEL texts: ``literal("charge")``, ``"3"``), static headers.

    ``priority`` is FEEL: workers get the jobs with the highest number first; the process's stands where a task has
    none. ``priority_tag`` keeps the extension that said it: files also use the user tasks' ``priorityDefinition``.
    """

    type: str
    retries: str = "3"
    headers: Attributes = field(default_factory=dict)
    priority: str | None = None
    priority_tag: str = "jobPriorityDefinition"


@dataclass(frozen=True, slots=True)
class CalledDecision:
    """``zeebe:calledDecision``: evaluate ``decision`` (FEEL, usually a literal id) into variable ``result``."""

    decision: str
    result: str
    binding: str = "latest"
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """``zeebe:script``: a FEEL ``expression`` whose value goes to ``result``."""

    expression: str
    result: str


@dataclass(frozen=True, slots=True)
class HumanWork:
    """What a user task says about its people. Assignment, dates and priority are FEEL; the form's names are plain."""

    assignee: str | None = None
    candidate_groups: str | None = None
    candidate_users: str | None = None
    form_id: str | None = None
    form_key: str | None = None
    external_form: str | None = None
    due: str | None = None
    follow_up: str | None = None
    priority: str | None = None
    native: bool = True
    listeners: tuple[Listener, ...] = ()
    form_binding: str = "latest"
    form_version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class CalledElement:
    """``zeebe:calledElement`` of a call activity; ``process`` is FEEL."""

    process: str
    propagate_all_child: bool = True
    propagate_all_parent: bool = True
    binding: str = "latest"
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """Run once per item of ``collection`` (BPMN 10.3.8), one after another when ``sequential``."""

    collection: str
    element: str | None = None
    output_collection: str | None = None
    output_element: str | None = None
    completion: str | None = None
    sequential: bool = False
    cardinality: str | None = None
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """Repeat while ``condition`` holds, tested before the first run when ``test_before``, at most ``maximum`` times."""

    condition: str | None
    test_before: bool = False
    maximum: int | None = None
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


# --- flow elements ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """What sequence flows connect. ``foreign`` is unknown extension XML; ``attributes`` unknown XML attributes."""

    id: str
    name: str = ""
    documentation: str = ""
    inputs: tuple[Mapped, ...] = ()
    outputs: tuple[Mapped, ...] = ()
    listeners: tuple[Listener, ...] = ()
    properties: Attributes = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(FlowNode):
    """Work: a task, a sub-process or a call. ``default`` is the id of its default outgoing flow."""

    loop: MultiInstance | StandardLoop | None = None
    is_for_compensation: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Activity):
    """An atomic activity (BPMN 10.3.3). ``code`` is a script in another language: kept, not run."""

    kind: TaskKind = TaskKind.UNDEFINED
    job: Job | None = None
    decision: CalledDecision | None = None
    script: Script | None = None
    human: HumanWork | None = None
    message: str | None = None
    instantiate: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubProcess(Activity):
    """A scope inside a scope (BPMN 10.3.5). ``artifacts`` as in ``Process``."""

    kind: SubProcessKind = SubProcessKind.EMBEDDED
    nodes: tuple[FlowNode, ...] = ()
    flows: tuple[SequenceFlow, ...] = ()
    artifacts: tuple[str, ...] = ()
    associations: tuple[Association, ...] = ()
    completion: str | None = None
    active_elements: str | None = None
    parallel: bool = True
    cancel_remaining: bool = True
    output_collection: str | None = None
    output_element: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallActivity(Activity):
    """Calls another process (BPMN 10.3.6)."""

    called: CalledElement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway(FlowNode):
    """Splits and joins (BPMN 10.6)."""

    kind: GatewayKind = GatewayKind.EXCLUSIVE
    default: str | None = None
    instantiate: bool = False
    activation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(FlowNode):
    """Something that happens (BPMN 10.5). ``definitions`` is empty for a none event."""

    position: EventPosition
    definitions: tuple[EventDefinition, ...] = ()
    parallel_multiple: bool = False
    attached_to: str | None = None
    interrupting: bool = True
    job: Job | None = None

    @property
    def definition(self) -> EventDefinition | None:
        """The single definition, where there is exactly one."""
        return self.definitions[0] if len(self.definitions) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFlow:
    """An arrow from ``source`` to ``target``; ``condition`` is FEEL."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    documentation: str = ""
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A dotted line; from a boundary compensation event it names the handler."""

    id: str
    source: str
    target: str
    directed: bool = False
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A named part of a pool and the nodes in it."""

    id: str
    name: str = ""
    nodes: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process definition. ``artifacts`` are drawn, not run: annotations, groups, data objects, as XML text."""

    id: str
    name: str = ""
    executable: bool = True
    nodes: tuple[FlowNode, ...] = ()
    flows: tuple[SequenceFlow, ...] = ()
    lanes: tuple[Lane, ...] = ()
    associations: tuple[Association, ...] = ()
    artifacts: tuple[str, ...] = ()
    version_tag: str | None = None
    job_priority: str | None = None
    documentation: str = ""
    listeners: tuple[Listener, ...] = ()
    properties: Attributes = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)

    def walk(self) -> Iterator[FlowNode]:
        """Every node, sub-processes' included, outer before inner."""
        yield from _walk(self.nodes)


def _walk(nodes: tuple[FlowNode, ...]) -> Iterator[FlowNode]:
    for node in nodes:
        yield node
        if isinstance(node, SubProcess):
            yield from _walk(node.nodes)


# --- definitions and diagram --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A named message; ``correlation_key`` is FEEL."""

    id: str
    name: str = ""
    correlation_key: str | None = None
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A declared error, escalation or signal: ``code`` is the error or escalation code, for signals the name."""

    id: str
    name: str = ""
    code: str = ""
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A pool."""

    id: str
    name: str = ""
    process: str | None = None
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFlow:
    """An arrow between pools."""

    id: str
    source: str
    target: str
    name: str = ""
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


class Point(NamedTuple):
    """Diagram coordinates in pixels."""

    x: float
    y: float


class Bounds(NamedTuple):
    """A box in pixels; ``x`` and ``y`` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Where an element is drawn; ``label`` where its name is, if apart."""

    bounds: Bounds
    label: Bounds | None = None
    expanded: bool | None = None
    horizontal: bool | None = None
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edge:
    """How a flow is drawn."""

    points: tuple[Point, ...]
    label: Bounds | None = None
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagram:
    """BPMN DI (BPMN 12): shapes and edges by element id."""

    shapes: Mapping[str, Shape] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """One BPMN file.

    ``source`` names the file for messages. ``namespaces`` are its prefixes beyond the usual ones. ``drill_downs`` are
    the diagrams of collapsed sub-processes by their id. ``findings`` are what reading found and objects cannot say:
    contradictions of the file, what a foreign dialect's conversion could not keep; ``check`` returns them too.
    """

    id: str = "Definitions_1"
    processes: tuple[Process, ...] = ()
    messages: tuple[Message, ...] = ()
    errors: tuple[Coded, ...] = ()
    escalations: tuple[Coded, ...] = ()
    signals: tuple[Coded, ...] = ()
    participants: tuple[Participant, ...] = ()
    message_flows: tuple[MessageFlow, ...] = ()
    collaboration: str | None = None
    collaboration_foreign: tuple[str, ...] = ()
    collaboration_attributes: Attributes = field(default_factory=dict)
    diagram: Diagram | None = None
    drill_downs: Mapping[str, Diagram] = field(default_factory=dict)
    target_namespace: str = "http://zaizao.dev/bpmn"
    foreign: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)
    namespaces: Attributes = field(default_factory=dict)
    source: str = field(default="", compare=False)
    findings: tuple[Problem, ...] = field(default=(), compare=False)

"""Executable processes: a model compiled into integer-indexed tables, once a deployment.

Rule kept: nothing is looked up by name while a case runs. Node 0 is the process; nodes and flows are numbered in the
order of the model, outer before inner, so that the same model gives the same numbers. What the model leaves open for
execution is refused here with a problem that names the element.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from zaizao import bpmn
from zaizao.bpmn import Definitions, FlowNode
from zaizao.engine.errors import DeploymentRefused, EngineError, problem
from zaizao.engine.expressions import Expression, compiled
from zaizao.problems import Problem


class Role(Enum):
    """On whose behalf an event waits."""

    OWN = 0
    BOUNDARY = 1
    CHOICE = 2
    EVENT_START = 3
    PROCESS_START = 4


class TriggerKind(StrEnum):
    """What an event definition is about."""

    MESSAGE = "message"
    TIMER = "timer"
    SIGNAL = "signal"
    CONDITION = "condition"
    ERROR = "error"
    ESCALATION = "escalation"
    LINK = "link"
    COMPENSATION = "compensation"
    TERMINATE = "terminate"
    CANCEL = "cancel"


@dataclass(slots=True)
class Trigger:
    """One event definition: ``name`` of message or signal, ``code`` of error or escalation (``None`` matches all)."""

    kind: TriggerKind
    name: Expression | None = None
    key: Expression | None = None
    code: str | None = None
    label: str = ""
    timer: bpmn.TimerKind | None = None
    expression: Expression | None = None
    activity: str | None = None
    wait: bool = True


@dataclass(slots=True)
class Flow:
    """A sequence flow; ``place`` is its position among the incoming flows of ``target``."""

    index: int
    id: str
    source: int
    target: int
    condition: Expression | None
    place: int = 0


@dataclass(slots=True)
class LoopPlan:
    """How an activity repeats."""

    sequential: bool
    standard: bool = False
    collection: Expression | None = None
    cardinality: Expression | None = None
    element: str | None = None
    output_collection: str | None = None
    output_element: Expression | None = None
    condition: Expression | None = None
    test_before: bool = False
    maximum: int | None = None
    announces: Trigger | None = None
    announces_each: bool = False


@dataclass(frozen=True, slots=True)
class ListenerPlan:
    """A listener: its job's type and retries."""

    job_type: Expression
    retries: Expression


Listeners = dict[str, tuple[ListenerPlan, ...]]
"""The listeners of a node by event, in the order of the model."""


@dataclass(slots=True)
class Node:
    """One node of an executable process. Other nodes and flows are referred to by index."""

    index: int
    id: str
    name: str
    parent: int
    source: FlowNode | None
    kind: str = ""
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    default: int = -1
    only: int = -1
    boundaries: tuple[int, ...] = ()
    attached_to: int = -1
    interrupting: bool = True
    role: Role = Role.OWN
    triggers: tuple[Trigger, ...] = ()
    parallel_multiple: bool = False
    starts: tuple[int, ...] = ()
    event_starts: tuple[int, ...] = ()
    free: tuple[int, ...] = ()
    inputs: tuple[tuple[str, Expression], ...] = ()
    outputs: tuple[tuple[str, Expression], ...] = ()
    loop: LoopPlan | None = None
    handler: int = -1
    for_compensation: bool = False
    joins: bool = False
    collects: str = ""
    output: Expression | None = None
    plain: bool = True
    start_quantity: int = 1
    completion_quantity: int = 1
    job_type: Expression | None = None
    retries: Expression | None = None
    priority: Expression | None = None
    listeners: Listeners = field(default_factory=dict)
    result: str = ""
    expression: Expression | None = None
    people: dict[str, Expression] = field(default_factory=dict)
    reaches: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Executable:
    """A process that runs. ``key`` is its definition key."""

    key: int
    id: str
    name: str
    version: int
    version_tag: str | None
    nodes: list[Node]
    flows: list[Flow]
    by_id: dict[str, int]
    flow_by_id: dict[str, int]
    timely: bool = False
    conditional: bool = False
    cancels: bool = False


JOINING = frozenset({bpmn.GatewayKind.PARALLEL.value, bpmn.GatewayKind.INCLUSIVE.value, bpmn.GatewayKind.COMPLEX.value})

_Scope = tuple[tuple[FlowNode, ...], tuple[bpmn.SequenceFlow, ...], tuple[bpmn.Association, ...], int]


class _Compiler:
    """Collects nodes and flows of one process, and the problems found on the way."""

    def __init__(self, definitions: Definitions, process: bpmn.Process) -> None:
        self.definitions = definitions
        self.process = process
        self.nodes: list[Node] = [Node(0, process.id, process.name, -1, None, kind="process")]
        self.flows: list[Flow] = []
        self.by_id: dict[str, int] = {process.id: 0}
        self.problems: list[Problem] = []
        self.timely = False
        self.messages = {message.id: message for message in definitions.messages}
        self.coded = {
            coded.id: coded
            for group in (definitions.errors, definitions.escalations, definitions.signals)
            for coded in group
        }

    def compile(self, key: int, version: int) -> Executable:
        process = self.process
        self.nodes[0].listeners = self.listeners(self.nodes[0], process.listeners)
        scopes: list[_Scope] = [(process.nodes, process.flows, process.associations, 0)]
        for nodes, flows, associations, parent in scopes:
            for source in nodes:
                self.add(source, parent)
                if isinstance(source, bpmn.SubProcess):
                    scopes.append((source.nodes, source.flows, source.associations, self.by_id[source.id]))
            for flow in flows:
                self.connect(flow)
            for association in associations:
                self.associate(association)
        for node in self.nodes:
            self.link(node)
        for node in self.nodes:
            if node.joins and node.kind in (bpmn.GatewayKind.INCLUSIVE.value, bpmn.GatewayKind.COMPLEX.value):
                self.reach(node)
        if self.problems:
            raise DeploymentRefused(self.problems)
        flow_by_id = {flow.id: flow.index for flow in self.flows}
        return Executable(
            key=key,
            id=process.id,
            name=process.name,
            version=version,
            version_tag=process.version_tag,
            nodes=self.nodes,
            flows=self.flows,
            by_id=self.by_id,
            flow_by_id=flow_by_id,
            timely=self.timely,
            conditional=any(t.kind is TriggerKind.CONDITION for node in self.nodes for t in node.triggers),
            cancels=any("canceling" in node.listeners for node in self.nodes),
        )

    def expression(self, text: str | None, where: str) -> Expression | None:
        if text is None or not text.strip():
            return None
        try:
            expression = compiled(text, f"{self.process.id}: {where}")
            self.timely = self.timely or expression.timely
            return expression
        except EngineError as error:
            self.problems.extend(error.problems)
            return None

    def refuse(self, node: Node, zh: str, en: str, code: str) -> None:
        self.problems.append(problem(f"{self.process.id}: {node.id}", zh, en, code))

    # --- first pass: nodes and flows ---

    def add(self, source: FlowNode, parent: int) -> None:
        node = Node(len(self.nodes), source.id, source.name, parent, source)
        self.nodes.append(node)
        self.by_id[source.id] = node.index
        node.inputs = tuple(self.mapped(source.inputs, source.id))
        node.outputs = tuple(self.mapped(source.outputs, source.id))
        node.listeners = self.listeners(node, source.listeners)
        if isinstance(source, bpmn.Activity):
            node.for_compensation = source.is_for_compensation
            node.loop = self.loop(source)
            node.start_quantity = self.quantity(node, source, "startQuantity")
            node.completion_quantity = self.quantity(node, source, "completionQuantity")
        if isinstance(source, bpmn.Task):
            self.task(node, source)
        elif isinstance(source, bpmn.SubProcess):
            node.kind = source.kind.value
            node.expression = self.expression(source.completion, source.id)
            node.collects = source.output_collection or ""
            node.output = self.expression(source.output_element, source.id)
            if source.active_elements:
                node.people["active"] = self.expression(source.active_elements, source.id) or Expression("null")
        elif isinstance(source, bpmn.CallActivity):
            node.kind = "callActivity"
            node.expression = self.expression(source.called.process if source.called else None, source.id)
            if node.expression is None:
                self.refuse(node, "没有说明调用哪个流程", "names no process to call", "no-called-process")
        elif isinstance(source, bpmn.Gateway):
            node.kind = source.kind.value
            node.expression = self.expression(source.activation, source.id)
        elif isinstance(source, bpmn.Event):
            self.event(node, source)

    def quantity(self, node: Node, source: FlowNode, name: str) -> int:
        text = source.attributes.get(name, "1")
        if not text.isdigit() or int(text) < 1:
            self.refuse(node, f"{name} 必须至少为 1", f"{name} must be 1 or more", "token-quantity")
            return 1
        return int(text)

    def mapped(self, mappings: tuple[bpmn.Mapped, ...], where: str) -> Iterator[tuple[str, Expression]]:
        for mapping in mappings:
            expression = self.expression(mapping.source, where)
            if expression is not None:
                yield mapping.target, expression

    def listeners(self, node: Node, given: tuple[bpmn.Listener, ...]) -> Listeners:
        """The listeners that the engine can run; others are refused."""
        planned: Listeners = {}
        for listener in given:
            job_type, retries = (self.expression(text, node.id) for text in (listener.type, listener.retries))
            if job_type is None or job_type.value == "":
                self.refuse(node, "监听器没有作业类型", "a listener has no job type", "no-job-type")
            elif not self.can_listen(node, listener.event):
                zh, en = f"此处不支持监听器 {listener.event!r}", f"no listener {listener.event!r} can run here"
                self.refuse(node, zh, en, "no-listener")
            else:
                plan = ListenerPlan(job_type, retries or Expression("3"))
                planned[listener.event] = (*planned.get(listener.event, ()), plan)
        return planned

    @staticmethod
    def can_listen(node: Node, event: str) -> bool:
        """Start and end have their moment everywhere but where an event comes from outside or a token splits."""
        source = node.source
        if event == "start":
            outside = (bpmn.EventPosition.START, bpmn.EventPosition.BOUNDARY)
            inside = isinstance(source, bpmn.SubProcess) and source.kind is bpmn.SubProcessKind.EVENT
            return not inside and not (isinstance(source, bpmn.Event) and source.position in outside)
        if event != "end":
            return event in ("creating", "assigning", "updating", "completing", "canceling")
        never = (bpmn.ErrorDefinition, bpmn.TerminateDefinition, bpmn.CancelDefinition, bpmn.LinkDefinition)
        leaves = isinstance(source, bpmn.Event) and any(isinstance(item, never) for item in source.definitions)
        return not isinstance(source, bpmn.Gateway) and not leaves

    def loop(self, source: bpmn.Activity) -> LoopPlan | None:
        loop = source.loop
        if isinstance(loop, bpmn.MultiInstance):
            return LoopPlan(
                sequential=loop.sequential,
                collection=self.expression(loop.collection, source.id),
                cardinality=self.expression(loop.cardinality, source.id),
                element=loop.element,
                output_collection=loop.output_collection,
                output_element=self.expression(loop.output_element, source.id),
                condition=self.expression(loop.completion, source.id),
                announces=self.announced(loop, source.id),
                announces_each=loop.attributes.get("behavior") == "None",
            )
        if isinstance(loop, bpmn.StandardLoop):
            if loop.maximum is not None and loop.maximum < 0:
                where = f"{self.process.id}: {source.id}"
                self.problems.append(problem(where, "循环次数为负", "a negative loop maximum", "loop-maximum"))
            return LoopPlan(
                sequential=True,
                standard=True,
                condition=self.expression(loop.condition, source.id),
                test_before=loop.test_before,
                maximum=loop.maximum,
            )
        return None

    def announced(self, loop: bpmn.MultiInstance, where: str) -> Trigger | None:
        """The event that runs of a multi-instance activity raise on its boundary (BPMN 10.3.8, ``behavior``)."""
        kept = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}.get(loop.attributes.get("behavior", ""))
        reference = loop.attributes.get(kept or "")
        if reference is None:
            return None
        for node in self.process.walk():
            for definition in node.definitions if isinstance(node, bpmn.Event) else ():
                if definition.id == reference:
                    return self.trigger(definition, where)
        if any(signal.id == reference for signal in self.definitions.signals):
            return self.trigger(bpmn.SignalDefinition(reference), where)
        return self.trigger(bpmn.EscalationDefinition(reference), where)

    def task(self, node: Node, source: bpmn.Task) -> None:
        node.kind = source.kind.value
        if source.job is not None:
            node.job_type = self.expression(source.job.type, source.id)
            node.retries = self.expression(source.job.retries, source.id)
            node.priority = self.expression(source.job.priority or self.process.job_priority, source.id)
        if source.script is not None and source.job is None:
            node.expression = self.expression(source.script.expression, source.id)
            node.result = source.script.result
        if source.decision is not None:
            node.expression = self.expression(source.decision.decision, source.id)
            node.result = source.decision.result
        if source.kind in (bpmn.TaskKind.RECEIVE, bpmn.TaskKind.SEND):
            node.triggers = (self.message(source.message, source.id),) if source.message else ()
        if source.human is not None:
            for name in ("assignee", "candidate_groups", "candidate_users", "due", "follow_up", "priority"):
                expression = self.expression(getattr(source.human, name), source.id)
                if expression is not None:
                    node.people[name] = expression
            node.listeners |= self.listeners(node, source.human.listeners)
        needs_job = source.kind is bpmn.TaskKind.SERVICE
        if needs_job and node.job_type is None:
            self.refuse(node, "服务任务没有作业类型", "the service task has no job type", "no-job-type")

    def event(self, node: Node, source: bpmn.Event) -> None:
        node.kind = source.position.value
        node.interrupting = source.interrupting
        node.parallel_multiple = source.parallel_multiple
        node.triggers = tuple(self.trigger(definition, source.id) for definition in source.definitions)
        if source.job is not None:
            node.job_type = self.expression(source.job.type, source.id)
            node.retries = self.expression(source.job.retries, source.id)
            node.priority = self.expression(source.job.priority or self.process.job_priority, source.id)

    def message(self, message: str | None, where: str) -> Trigger:
        declared = self.messages.get(message or "")
        name = declared.name if declared and declared.name else (message or "")
        key = self.expression(declared.correlation_key if declared else None, where)
        return Trigger(TriggerKind.MESSAGE, name=self.named(name, where), key=key, label=name)

    def named(self, name: str, where: str) -> Expression | None:
        return self.expression(name[1:] if name.startswith("=") else f'"{name}"', where)

    def code(self, reference: str | None) -> str | None:
        if reference is None:
            return None
        declared = self.coded.get(reference)
        return (declared.code or declared.name or declared.id) if declared else reference

    def trigger(self, definition: bpmn.EventDefinition, where: str) -> Trigger:
        match definition:
            case bpmn.MessageDefinition(message):
                return self.message(message, where)
            case bpmn.TimerDefinition(kind, expression):
                return Trigger(TriggerKind.TIMER, timer=kind, expression=self.expression(expression, where))
            case bpmn.SignalDefinition(signal):
                declared = self.coded.get(signal or "")
                name = (declared.name or declared.code or declared.id) if declared else (signal or "")
                return Trigger(TriggerKind.SIGNAL, name=self.named(name, where), label=name)
            case bpmn.ErrorDefinition(error):
                return Trigger(TriggerKind.ERROR, code=self.code(error))
            case bpmn.EscalationDefinition(escalation):
                return Trigger(TriggerKind.ESCALATION, code=self.code(escalation))
            case bpmn.ConditionalDefinition(condition):
                return Trigger(TriggerKind.CONDITION, expression=self.expression(condition, where))
            case bpmn.LinkDefinition(name):
                return Trigger(TriggerKind.LINK, label=name)
            case bpmn.CompensationDefinition(activity, wait):
                return Trigger(TriggerKind.COMPENSATION, activity=activity, wait=wait)
            case bpmn.TerminateDefinition():
                return Trigger(TriggerKind.TERMINATE)
            case bpmn.CancelDefinition():
                return Trigger(TriggerKind.CANCEL)

    def connect(self, flow: bpmn.SequenceFlow) -> None:
        source, target = self.by_id.get(flow.source), self.by_id.get(flow.target)
        if source is None or target is None:
            where = f"{self.process.id}: {flow.id}"
            self.problems.append(
                problem(where, "顺序流的一端不存在", "an end of the flow does not exist", "loose-flow")
            )
            return
        index = len(self.flows)
        condition = self.expression(flow.condition, flow.id)
        self.flows.append(Flow(index, flow.id, source, target, condition, len(self.nodes[target].incoming)))
        self.nodes[source].outgoing += (index,)
        self.nodes[target].incoming += (index,)

    def associate(self, association: bpmn.Association) -> None:
        source, target = self.by_id.get(association.source), self.by_id.get(association.target)
        if source is not None and target is not None:
            self.nodes[source].handler = target

    # --- second pass: what nodes say about each other ---

    def link(self, node: Node) -> None:
        source = node.source
        if isinstance(source, bpmn.Activity | bpmn.Gateway) and source.default:
            node.default = next((flow for flow in node.outgoing if self.flows[flow].id == source.default), -1)
        if isinstance(source, bpmn.Event) and source.attached_to:
            self.attach(node, source.attached_to)
        if node.parent >= 0:
            self.enlist(node, self.nodes[node.parent])
        if node.kind == bpmn.GatewayKind.EVENT_BASED.value:
            for flow in node.outgoing:
                self.nodes[self.flows[flow].target].role = Role.CHOICE
        node.joins = (node.kind in JOINING and len(node.incoming) > 1) or node.start_quantity > 1
        conditional = any(self.flows[flow].condition is not None for flow in node.outgoing)
        if len(node.outgoing) == 1 and not conditional and node.completion_quantity == 1:
            node.only = node.outgoing[0]
        node.plain = node.plain and not (
            node.inputs or node.outputs or node.listeners or node.loop or node.handler >= 0 or self.is_scope(node)
        )

    def is_scope(self, node: Node) -> bool:
        return node.index == 0 or isinstance(node.source, bpmn.SubProcess)

    def attach(self, node: Node, activity: str) -> None:
        host = self.by_id.get(activity)
        if host is None:
            self.refuse(node, "所附着的活动不存在", "is attached to nothing", "loose-boundary")
            return
        node.attached_to, node.role = host, Role.BOUNDARY
        self.nodes[host].plain = False
        if any(trigger.kind is TriggerKind.COMPENSATION for trigger in node.triggers):
            self.nodes[host].handler = node.handler
        else:
            self.nodes[host].boundaries += (node.index,)

    def enlist(self, node: Node, scope: Node) -> None:
        source = node.source
        if isinstance(source, bpmn.SubProcess) and source.kind is bpmn.SubProcessKind.EVENT:
            for flow_node in source.nodes:
                if isinstance(flow_node, bpmn.Event) and flow_node.position is bpmn.EventPosition.START:
                    start = self.nodes[self.by_id[flow_node.id]]
                    start.role = Role.EVENT_START
                    scope.event_starts += (start.index,)
            return
        if node.kind == bpmn.EventPosition.START.value:
            scope.starts += (node.index,)
            if scope.index == 0 and node.triggers:
                node.role = Role.PROCESS_START
        elif not node.incoming and node.attached_to < 0 and not node.for_compensation and not self.is_link_catch(node):
            if isinstance(source, bpmn.Task | bpmn.Gateway) and source.instantiate:
                scope.starts += (node.index,)
                node.role = Role.PROCESS_START
            else:
                scope.free += (node.index,)

    @staticmethod
    def is_link_catch(node: Node) -> bool:
        catches = node.kind == bpmn.EventPosition.CATCH.value
        return catches and any(trigger.kind is TriggerKind.LINK for trigger in node.triggers)

    def reach(self, join: Node) -> None:
        """For each node of the join's scope: a bit set of the join's incoming flows that it has a path to."""
        for place, incoming in enumerate(join.incoming):
            stack = [self.flows[incoming].source]
            seen: set[int] = set()
            while stack:
                index = stack.pop()
                if index in seen or index == join.index:
                    continue
                seen.add(index)
                join.reaches[index] = join.reaches.get(index, 0) | 1 << place
                stack.extend(self.before(self.nodes[index]))

    def before(self, node: Node) -> Iterator[int]:
        """The nodes from which a token can come to ``node`` in one step."""
        for flow in node.incoming:
            yield self.flows[flow].source
        if node.attached_to >= 0:
            yield node.attached_to
        if self.is_link_catch(node):
            for other in self.nodes:
                if (
                    other.parent == node.parent
                    and other.kind == bpmn.EventPosition.THROW.value
                    and any(
                        trigger.kind is TriggerKind.LINK and trigger.label == node.triggers[0].label
                        for trigger in other.triggers
                    )
                ):
                    yield other.index


def compile_process(definitions: Definitions, process: bpmn.Process, key: int = 0, version: int = 1) -> Executable:
    """Compile ``process``; raises ``DeploymentRefused`` with every problem found."""
    return _Compiler(definitions, process).compile(key, version)

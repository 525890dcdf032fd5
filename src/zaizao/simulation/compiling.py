"""From a process and a scenario to the compact net; everything that stands against simulating is found here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zaizao.bpmn import (
    Activity,
    ErrorDefinition,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    MultiInstance,
    Process,
    SequenceFlow,
    SubProcess,
    SubProcessKind,
)
from zaizao.problems import Problem, Severity, Text
from zaizao.simulation import net as n
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.keys import stable_key
from zaizao.simulation.scenario import After, Branching, Condition, Distribution, Family, Scenario, Work
from zaizao.simulation.state import MEMORY
from zaizao.simulation.timing import expression_seconds

_FAMILIES = {family: number for number, family in enumerate(Family)}
_LEAST_PARAMETERS = {
    Family.FIXED: 1,
    Family.UNIFORM: 2,
    Family.TRIANGULAR: 3,
    Family.NORMAL: 2,
    Family.EXPONENTIAL: 1,
    Family.LOGNORMAL: 2,
    Family.GAMMA: 2,
    Family.WEIBULL: 2,
    Family.EMPIRICAL: 1,
}
_GATEWAYS = {GatewayKind.PARALLEL: n.JOIN, GatewayKind.INCLUSIVE: n.INCLUSIVE}


def compile_net(process: Process, scenario: Scenario) -> n.Net:
    """The net of ``process`` under ``scenario``; raises ``SimulationError`` with every problem found."""
    build = _Build(process, scenario)
    build.walk(process.nodes, process.flows, 0, -1)
    build.describe()
    errors = [problem for problem in build.problems if problem.severity is Severity.ERROR]
    if errors:
        raise SimulationError(errors)
    return build.net()


def levels_of(scenario: Scenario) -> list[int]:
    """All priorities, negated, the highest first."""
    works = scenario.work.values()
    return sorted({-w.priority for w in works} | {-p for w in works for _, p in w.priority_cases} | {0})


def _catches(event: Event, end: Event) -> bool:
    """Does the event catch the error that ``end`` throws? One without a named error catches all."""
    caught = [d.error for d in event.definitions if isinstance(d, ErrorDefinition)]
    thrown = [d.error for d in end.definitions if isinstance(d, ErrorDefinition)]
    return any(one is None or one in thrown for one in caught)


def _kinds(node: FlowNode) -> set[str]:
    return {type(definition).__name__ for definition in node.definitions} if isinstance(node, Event) else set()


@dataclass(slots=True)
class _Build:
    process: Process
    scenario: Scenario
    problems: list[Problem] = field(default_factory=list)
    nodes: list[FlowNode] = field(default_factory=list)
    scopes: list[int] = field(default_factory=list)
    flows: list[SequenceFlow] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    number: dict[str, int] = field(default_factory=dict)
    records: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, n.NODE))
    distributions: list[Distribution] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    variants: list[tuple[int, int]] = field(default_factory=list)
    choices: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    pasts: list[tuple[int, int]] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    watches: list[int] = field(default_factory=list)
    passes: list[int] = field(default_factory=list)
    tables: list[list[float]] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)

    def problem(self, element: str, what: Text, remedy: Text, code: str) -> None:
        self.problems.append(Problem(f"{self.process.id}: {element}", what, remedy, f"simulation.{code}"))

    def walk(self, nodes: tuple[FlowNode, ...], flows: tuple[SequenceFlow, ...], scope: int, parent: int) -> None:
        """Number the nodes of one scope and, below them, those of its sub-processes."""
        self.parents.append(parent)
        self.starts.append(-1)
        self.flows.extend(flows)
        inner: list[tuple[SubProcess, int]] = []
        for node in nodes:
            if isinstance(node, Activity) and node.is_for_compensation:
                continue
            number = self.number[node.id] = len(self.nodes)
            self.nodes.append(node)
            self.scopes.append(scope)
            if isinstance(node, Event) and node.position is EventPosition.START:
                plain = not node.definitions
                if self.starts[scope] < 0 or plain:
                    self.starts[scope] = number
            if isinstance(node, SubProcess):
                if node.kind is SubProcessKind.AD_HOC:
                    self._unknown(node.id, "an ad-hoc sub-process", "临时子流程")
                inner.append((node, number))
        if self.starts[scope] < 0:
            self.starts[scope] = self._first(nodes, flows)
        for child, number in inner:
            self.walk(child.nodes, child.flows, len(self.parents), number)

    def _first(self, nodes: tuple[FlowNode, ...], flows: tuple[SequenceFlow, ...]) -> int:
        targets = {flow.target for flow in flows}
        for node in nodes:
            boundary = isinstance(node, Event) and node.position is EventPosition.BOUNDARY
            beside = isinstance(node, SubProcess) and node.kind is SubProcessKind.EVENT
            if node.id in self.number and node.id not in targets and not boundary and not beside:
                return self.number[node.id]
        what = Text("没有开始节点", "there is no start")
        self.problem("start", what, Text("添加一个开始事件", "add a start event"), "no-start")
        return -1

    def _unknown(self, element: str, english: str, chinese: str) -> None:
        what = Text(f"仿真不支持{chinese}", f"{english} is not simulated")
        self.problem(element, what, Text("改用任务与网关表达", "express it with tasks and gateways"), "not-supported")

    # --- what each node does ------------------------------------------------------------------------------------

    def describe(self) -> None:
        """Fill the records of all nodes."""
        self._watch()
        self.records = np.zeros(len(self.nodes), n.NODE)
        for name in ("inner", "distribution", "delay", "role", "choice", "count", "batch_wait"):
            self.records[name] = -1
        tasks = [node.name or node.id for node in self.nodes if isinstance(node, Activity)]
        self.codes = {name: at + 1 for at, name in enumerate(dict.fromkeys(tasks))}
        self.flows = [flow for flow in self.flows if flow.source in self.number and flow.target in self.number]
        self.flows.sort(key=lambda flow: flow.id)
        incoming = np.bincount([self.number[flow.target] for flow in self.flows], minlength=len(self.nodes))
        outgoing = np.bincount([self.number[flow.source] for flow in self.flows], minlength=len(self.nodes))
        levels = levels_of(self.scenario)
        for number, node in enumerate(self.nodes):
            record = self.records[number]
            record["scope"] = self.scopes[number]
            record["key"] = stable_key(node.name or node.id)
            record["variant_from"] = record["variant_to"] = len(self.variants)
            if isinstance(node, Gateway):
                self._gateway(node, record, int(incoming[number]), int(outgoing[number]))
            elif isinstance(node, Event):
                self._event(node, record)
            elif isinstance(node, SubProcess):
                record["kind"], record["inner"] = n.SCOPE, self.starts[self.parents.index(number)]
                self._repeated(node, record)
            elif isinstance(node, Activity):
                self._task(node, record, levels)
        self._attach()

    def _watch(self) -> None:
        """A node for each scope that has event sub-processes: their starts are set when the scope opens."""
        self.watches = [-1] * len(self.parents)
        for number, node in enumerate(list(self.nodes)):
            scope = self.scopes[number]
            event = isinstance(node, SubProcess) and node.kind is SubProcessKind.EVENT
            if event and self.watches[scope] < 0:
                self.watches[scope] = self.number[f"({scope})"] = len(self.nodes)
                self.nodes.append(Event(id=f"({scope})", position=EventPosition.START))
                self.scopes.append(scope)

    def _repeated(self, node: Activity, record: np.void) -> None:
        """Runs of a multi-instance activity."""
        if not isinstance(node.loop, MultiInstance):
            return
        record["many"] = n.SEQUENTIAL if node.loop.sequential else n.PARALLEL
        count = self.scenario.instances.get(node.id)
        written = node.loop.cardinality or ""
        if count is None and written.isdecimal():
            count = Distribution(Family.FIXED, (float(written),))
        if count is None:
            what = Text("不知道多实例活动执行几次", "how many runs this multi-instance activity has is not known")
            remedy = Text("在情景的 instances 中给出分布", "give its distribution under instances in the scenario")
            self.problem(node.id, what, remedy, "no-instances")
            return
        record["count"] = self._distribution(node.id, count)

    def _task(self, node: Activity, record: np.void, levels: list[int]) -> None:
        record["kind"], record["code"] = n.TASK, self.codes[node.name or node.id]
        self._repeated(node, record)
        work = self.scenario.work.get(node.id)
        if work is None:
            what = Text(f"任务“{node.name}”没有工作说明", f"task “{node.name}” has no work entry")
            remedy = Text("在情景的 work 中补上时长与角色", "add its duration and role under work in the scenario")
            self.problem(node.id, what, remedy, "no-work")
            return
        record["distribution"] = self._distribution(node.id, work.duration)
        for condition, distribution in work.cases:
            self.variants.append((self._condition(condition), self._distribution(node.id, distribution)))
        record["variant_to"] = len(self.variants)
        if work.delay is not None:
            delays = [self._distribution(node.id, delay) for delay in work.delay_passes or (work.delay,)]
            record["delay"], record["delay_to"] = delays[0], delays[-1] + 1
            past = [(one, self._distribution(node.id, one.delay)) for one in work.delay_after if one.delay is not None]
            record["past_from"], record["past_to"] = self._pasts(node.id, past)
        record["level"], record["cost"] = levels.index(-work.priority), work.cost
        record["level_from"] = len(self.variants)
        self.variants += [(self._condition(c), levels.index(-priority)) for c, priority in work.priority_cases]
        record["level_to"] = len(self.variants)
        if work.batch is not None:
            record["batch_size"] = work.batch.size
            record["batch_wait"] = round(max(work.batch.wait, 0.0) * 1e6)
        if work.role is None:
            return
        role = self.scenario.roles.get(work.role)
        if role is None or not role.resources:
            what = Text(f"角色“{work.role}”没有人员", f"role “{work.role}” has no resources")
            remedy = Text("在情景的 roles 中添加人员", "add resources to it under roles in the scenario")
            self.problem(node.id, what, remedy, "no-resources")
            return
        record["role"] = list(self.scenario.roles).index(work.role)

    def _gateway(self, node: Gateway, record: np.void, incoming: int, outgoing: int) -> None:
        if node.kind is GatewayKind.COMPLEX:
            self._unknown(node.id, "a complex gateway", "复杂网关")
        if node.kind in _GATEWAYS:
            joins = incoming > 1 or (node.kind is GatewayKind.INCLUSIVE and outgoing > 1)
            record["kind"] = _GATEWAYS[node.kind] if joins else n.PASS
            if node.kind is GatewayKind.INCLUSIVE and outgoing > 1:
                self._choice(node, record, cumulative=False)
        elif outgoing > 1:
            race = node.kind is GatewayKind.EVENT_BASED and node.id not in self.scenario.branching
            record["kind"] = n.RACE if race else n.CHOOSE
            if not race:
                self._choice(node, record, cumulative=True)

    def _event(self, node: Event, record: np.void) -> None:
        kinds = _kinds(node)
        if "LinkDefinition" in kinds:
            self._unknown(node.id, "a link event", "链接事件")
        if node.position is EventPosition.END:
            stops = kinds & {"TerminateDefinition", "ErrorDefinition", "CancelDefinition"}
            record["kind"] = n.TERMINATE if stops else n.END
            if "ErrorDefinition" in kinds:
                record["inner"] = self._catcher(node)
        elif node.position is EventPosition.START and self._starts_beside(node):
            record["kind"], record["inner"] = n.TRIGGER, self.parents[self.scopes[self.number[node.id]]]
            record["interrupting"] = node.interrupting
            timer = self._timer(node)
            if timer is not None:
                record["distribution"] = self._distribution(node.id, timer)
        elif node.position in (EventPosition.CATCH, EventPosition.BOUNDARY):
            timer = self._timer(node)
            if node.position is EventPosition.CATCH:
                record["kind"] = n.WAIT
                if timer is None:
                    what = Text("不知道这个事件要等多久", "how long this event waits is not known")
                    remedy = Text("在情景的 timers 中给出分布", "give its distribution under timers in the scenario")
                    self.problem(node.id, what, remedy, "no-timer")
            if timer is not None:
                record["distribution"] = self._distribution(node.id, timer)

    def _timer(self, node: Event) -> Distribution | None:
        known = self.scenario.timers.get(node.id)
        if known is not None:
            return known
        definition = node.definition
        wait = expression_seconds(getattr(definition, "expression", None))
        return None if wait is None else Distribution(Family.FIXED, (wait,))

    def _starts_beside(self, node: Event) -> bool:
        """Is this the start of an event sub-process?"""
        parent = self.parents[self.scopes[self.number[node.id]]]
        host = self.nodes[parent] if parent >= 0 else None
        return isinstance(host, SubProcess) and host.kind is SubProcessKind.EVENT

    def _catcher(self, end: Event) -> int:
        """The event that catches an error end: an event sub-process beside it or a boundary event, nearest scope first;
        -1 where none does."""
        scope = self.scopes[self.number[end.id]]
        while True:
            for number, node in enumerate(self.nodes):
                if not isinstance(node, Event) or not _catches(node, end):
                    continue
                home = self.parents[self.scopes[number]]
                if self._starts_beside(node) and self.scopes[home] == scope:
                    return number
                if scope > 0 and node.attached_to == self.nodes[self.parents[scope]].id:
                    return number
            if scope == 0:
                return -1
            scope = self.scopes[self.parents[scope]]

    def _attach(self) -> None:
        """Group the boundary events that can fire by host."""
        for number, node in enumerate(self.nodes):
            record = self.records[number]
            record["bound_from"] = len(self.bounds)
            for other, event in enumerate(self.nodes):
                if isinstance(event, Event) and event.attached_to == node.id:
                    self.records[other]["inner"] = number
                    self.records[other]["interrupting"] = event.interrupting
                    if self.records[other]["distribution"] >= 0:
                        self.bounds.append(other)
            if number in self.watches:
                record["kind"] = n.WATCH
                self.bounds += [other for other in np.flatnonzero(self.records["kind"] == n.TRIGGER).tolist()
                                if self.records[other]["distribution"] >= 0
                                and self.scopes[int(self.records[other]["inner"])] == self.scopes[number]]  # fmt: skip
            record["bound_to"] = len(self.bounds)

    # --- numbers for distributions, conditions and choices ------------------------------------------------------

    def _distribution(self, element: str, distribution: Distribution) -> int:
        if len(distribution.parameters) < _LEAST_PARAMETERS[distribution.family]:
            what = Text(
                f"分布 {distribution.family} 的参数不足", f"the {distribution.family} distribution lacks parameters"
            )
            self.problem(element, what, Text("补全参数", "give all its parameters"), "parameters")
        self.distributions.append(distribution)
        return len(self.distributions) - 1

    def _condition(self, condition: Condition) -> int:
        if condition not in self.conditions:
            known = {attribute.name for attribute in self.scenario.attributes}
            if condition.attribute not in known:
                what = Text(f"没有案例属性“{condition.attribute}”", f"no case attribute “{condition.attribute}”")
                remedy = Text("在情景的 attributes 中定义它", "define it under attributes in the scenario")
                self.problem(condition.attribute, what, remedy, "no-attribute")
            self.conditions.append(condition)
        return self.conditions.index(condition)

    def _choice(self, node: Gateway, record: np.void, *, cumulative: bool) -> None:
        branching = self.scenario.branching.get(node.id)
        outs = [flow.id for flow in self.flows if flow.source == node.id]
        if branching is None:
            what = Text("这个网关没有分支概率", "this gateway has no branch weights")
            remedy = Text("在情景的 branching 中给出权重", "give its weights under branching in the scenario")
            self.problem(node.id, what, remedy, "no-branching")
            branching = Branching(dict.fromkeys(outs, 1.0))
        first_variant = len(self.variants)
        for condition, weights in branching.cases:
            self.variants.append((self._condition(condition), self._table(node.id, outs, weights, cumulative)))
        past = [(one, self._table(node.id, outs, one.weights, cumulative)) for one in branching.after]
        first_past, last_past = self._pasts(node.id, past)
        first_pass = len(self.passes)
        for weights in branching.passes or (branching.weights,):
            self.passes.append(self._table(node.id, outs, weights, cumulative))
        record["choice"] = len(self.choices)
        last_variant = first_variant + len(branching.cases)
        self.choices.append((first_variant, last_variant, first_pass, len(self.passes), first_past, last_past))

    def _pasts(self, element: str, rows: list[tuple[After, int]]) -> tuple[int, int]:
        """The range of a node's pasts, ascending by key."""
        keyed = []
        for one, value in rows:
            codes = tuple(self.codes.get(name, 0) for name in reversed(one.last))
            if not codes or len(codes) > MEMORY or 0 in codes:
                what = Text(
                    f"历史“{'、'.join(one.last)}”不是一至四个活动名",
                    f"the past “{', '.join(one.last)}” is not one to four activities of the process",
                )
                remedy = Text("写流程中的活动名，最近的在后", "give names of its activities, the latest last")
                self.problem(element, what, remedy, "past")
                continue
            keyed.append((n.past_key(codes), value))
        first = len(self.pasts)
        self.pasts += sorted(keyed)
        return first, len(self.pasts)

    def _table(self, element: str, outs: list[str], weights: Mapping[str, float], cumulative: bool) -> int:
        values = np.array([weights.get(flow, 0.0) for flow in outs])
        strange = sorted(set(weights) - set(outs))
        if strange or not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
            detail = ", ".join(strange) or str(dict(weights))
            what = Text(f"分支权重无效：{detail}", f"the branch weights are not valid: {detail}")
            remedy = Text(
                "用这个网关的出线标识与非负权重", "use this gateway's outgoing flow ids and weights not below 0"
            )
            self.problem(element, what, remedy, "weights")
            values = np.ones(len(outs))
        self.tables.append((np.cumsum(values) / values.sum() if cumulative else np.minimum(values, 1.0)).tolist())
        return len(self.tables) - 1

    # --- the arrays ---------------------------------------------------------------------------------------------

    def net(self) -> n.Net:
        """The finished net."""
        source = np.array([self.number[flow.source] for flow in self.flows], dtype=np.int64)
        target = np.array([self.number[flow.target] for flow in self.flows], dtype=np.int64)
        numbers = np.arange(len(self.nodes))
        outs = np.argsort(source, kind="stable").astype(np.int64)
        ins = np.argsort(target, kind="stable").astype(np.int64)
        for names, ends, order in ((("out_from", "out_to"), source, outs), (("in_from", "in_to"), target, ins)):
            self.records[names[0]] = np.searchsorted(ends[order], numbers, side="left")
            self.records[names[1]] = np.searchsorted(ends[order], numbers, side="right")
        width = max((len(row) for row in self.tables), default=1)
        lengths = [len(distribution.parameters) for distribution in self.distributions]
        parameters = [value for distribution in self.distributions for value in distribution.parameters]
        arrays = n.Arrays(
            nodes=self.records,
            choices=np.array(self.choices or [(0,) * 6], dtype=n.CHOICE),
            outs=outs,
            ins=ins,
            targets=target,
            variants=np.array(self.variants, dtype=np.int64).reshape(-1, 2),
            passes=np.array(self.passes, dtype=np.int64),
            tables=np.array([row + [1.0] * (width - len(row)) for row in self.tables]).reshape(-1, width),
            bounds=np.array(self.bounds, dtype=np.int64),
            families=np.array([_FAMILIES[d.family] for d in self.distributions], dtype=np.int64),
            parameters=np.array(parameters, dtype=np.float64),
            spans=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            reach=self._reach(source, target),
            parents=np.array(self.parents, dtype=np.int64),
            watches=np.array(self.watches, dtype=np.int64),
            pasts=np.array(self.pasts, dtype=np.int64).reshape(-1, 2),
        )
        tasks = self.records["kind"] == n.TASK
        works: list[Work | None] = [
            self.scenario.work[node.id] if task else None for node, task in zip(self.nodes, tasks, strict=True)
        ]
        return n.Net(
            arrays=arrays,
            start=self.starts[0],
            ids=tuple(node.id for node in self.nodes),
            names=tuple(node.name or node.id for node in self.nodes),
            flows=tuple(flow.id for flow in self.flows),
            work=tuple(works),
            conditions=tuple(self.conditions),
            roles=tuple(self.scenario.roles),
            levels=len(levels_of(self.scenario)),
        )

    def _reach(self, source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.bool_]:
        """``reach`` of ``Arrays``: walk backwards from each incoming flow, never through the join itself."""
        joins = np.flatnonzero(self.records["kind"] == n.INCLUSIVE)
        if not len(joins):
            return np.zeros((1, 1), dtype=np.bool_)
        reach = np.zeros((len(source), len(self.nodes)), dtype=np.bool_)
        before: dict[int, set[int]] = {}
        for start, end in zip(source.tolist(), target.tolist(), strict=True):
            before.setdefault(end, set()).add(start)
        for number in self.bounds:
            if self.records[number]["kind"] != n.TRIGGER:
                before.setdefault(number, set()).add(int(self.records[number]["inner"]))
        for join in joins.tolist():
            for flow in np.flatnonzero(target == join).tolist():
                open_nodes = {int(source[flow])} - {join}
                while open_nodes:
                    node = open_nodes.pop()
                    reach[flow, node] = True
                    open_nodes |= {other for other in before.get(node, ()) if not reach[flow, other]} - {join}
        return reach

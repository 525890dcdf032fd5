"""Soundness: can a case get stuck, run twice, never end, or never come by a step? Answered with a trace that shows it.

Rule kept: these are warnings, as data may rule out what the picture allows. Every marking of a scope is visited up to a
bound; beyond it only one node per marking is followed (all orders of independent nodes lead to the same deadlocks), and
what was not visited is not spoken of. After van der Aalst, "The application of Petri nets to workflow management"
(1998), and stubborn sets after Valmari.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from zaizao.bpmn.model import Definitions, FlowNode, Process, SequenceFlow, SubProcess, SubProcessKind
from zaizao.bpmn.token_net import Kind, Marking, Step, TokenNet, token_net
from zaizao.problems import Problem, Severity, Text

FULL = 4_000
BOUND = 20_000
SHOWN = 12


def unsound(definitions: Definitions) -> list[Problem]:
    """Warnings of deadlock, lack of synchronisation, endless loops, unreachable and dead elements."""
    problems: list[Problem] = []
    for process in definitions.processes:
        place = f"{definitions.source}: " if definitions.source else ""
        for nodes, flows in _scopes(process):
            problems += _check_scope(place, nodes, flows)
    return problems


@dataclass(slots=True)
class _Walk:
    """The markings visited, how each was reached, and what was met on the way."""

    net: TokenNet
    came: dict[Marking, tuple[Marking | None, Step | None]] = field(default_factory=dict)
    back: dict[Marking, list[Marking]] = field(default_factory=dict)
    fired: set[int] = field(default_factory=set)
    stuck: dict[int, Marking] = field(default_factory=dict)
    double: dict[int, Marking] = field(default_factory=dict)
    finished: list[Marking] = field(default_factory=list)
    whole: bool = True
    full: bool = True

    def trace(self, marking: Marking) -> list[str]:
        """The names of the nodes that fired on a shortest way to the marking."""
        names: list[str] = []
        at: Marking | None = marking
        while at is not None:
            before, step = self.came[at]
            if step is not None:
                names.append(_name(self.net.nodes[step.node]))
            at = before
        return names[::-1]


def _scopes(process: Process) -> Iterator[tuple[Sequence[FlowNode], Sequence[SequenceFlow]]]:
    yield process.nodes, process.flows
    for node in process.walk():
        if isinstance(node, SubProcess) and node.kind is not SubProcessKind.AD_HOC:
            yield node.nodes, node.flows


def _check_scope(place: str, nodes: Sequence[FlowNode], flows: Sequence[SequenceFlow]) -> list[Problem]:
    net = token_net(nodes, flows)
    if not net.starts or not net.flows:
        return []
    reachable = _reachable(net)
    walk = _explore(net)
    problems = [
        _problem(place, net.nodes[node], "unreachable") for node in range(len(net.nodes)) if node not in reachable
    ]
    for node, marking in sorted(walk.stuck.items()):
        problems.append(_problem(place, net.nodes[node], "deadlock", walk.trace(marking)))
    double = {node: marking for node, marking in walk.double.items() if walk.net.outgoing[node]} or walk.double
    for node, marking in sorted(double.items()):
        problems.append(_problem(place, net.nodes[node], "unsynchronised", walk.trace(marking)))
    if walk.whole and walk.full:
        dead = [node for node in sorted(reachable) if node not in walk.fired and node not in net.starts]
        if not walk.double:
            problems += [_problem(place, net.nodes[node], "dead") for node in dead if not walk.stuck]
            problems += _endless(place, walk)
    return problems


def _reachable(net: TokenNet) -> set[int]:
    seen = set(net.starts)
    stack = list(net.starts)
    while stack:
        node = stack.pop()
        ways = [*net.outgoing[node], *(flow for _, branch in net.extras[node] for flow in branch)]
        fresh = [net.target[way] for way in ways if net.target[way] not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return seen


def _explore(net: TokenNet) -> _Walk:
    walk = _Walk(net)
    queue: deque[Marking] = deque()
    for start, marking in net.initial():
        walk.fired.add(start)
        if marking not in walk.came:
            walk.came[marking] = (None, Step(start, (), marking))
            queue.append(marking)
    while queue:
        marking = queue.popleft()
        if not marking:
            walk.finished.append(marking)
            continue
        steps = net.steps(marking)
        if not steps:
            for node in _blocked(net, marking):
                walk.stuck.setdefault(node, marking)
            continue
        if len(walk.came) > FULL:
            walk.full = False
            steps = _of_one_node(net, steps)
        for step in steps:
            walk.fired.add(step.node)
            following = _after(marking, step)
            walk.back.setdefault(following, []).append(marking)
            if following in walk.came:
                continue
            if len(walk.came) >= BOUND:
                walk.whole = False
                continue
            walk.came[following] = (marking, step)
            twice = next((flow for flow in step.gives if following.count(flow) > 1), None)
            if twice is not None:
                walk.double.setdefault(net.target[twice], following)
                continue  # beyond two tokens on one flow there is nothing new to learn
            queue.append(following)
    return walk


def _of_one_node(net: TokenNet, steps: list[Step]) -> list[Step]:
    """The steps of one node that no other node can disturb; all steps where there is none."""
    for step in steps:
        if net.kinds[step.node] not in (Kind.END, Kind.SOME):
            return [other for other in steps if other.node == step.node]
    return steps


def _after(marking: Marking, step: Step) -> Marking:
    if step.clears:
        return ()
    tokens = list(marking)
    for flow in step.takes:
        tokens.remove(flow)
    return tuple(sorted([*tokens, *step.gives]))


def _blocked(net: TokenNet, marking: Marking) -> list[int]:
    """The joins that wait in vain."""
    waiting = net.waiting(marking)
    return [node for node in waiting if net.kinds[node] in (Kind.FORK, Kind.SOME)] or waiting


def _endless(place: str, walk: _Walk) -> list[Problem]:
    """Markings from which no end can be reached, although something always happens."""
    good = set(walk.finished)
    stack = list(good)
    while stack:
        for before in walk.back.get(stack.pop(), ()):
            if before not in good:
                good.add(before)
                stack.append(before)
    if walk.stuck:
        return []
    lost = next((marking for marking in walk.came if marking not in good), None)
    if lost is None:
        return []
    node = walk.net.waiting(lost)[0]
    return [_problem(place, walk.net.nodes[node], "endless", walk.trace(lost))]


_WORDS = {
    "unreachable": (
        "从开始事件走不到它", "no way leads to it from a start event", "连上前一步，或删去", "connect it, or remove it"),
    "dead": ("它永远不会执行", "it can never run", "检查它之前的汇合", "look at the joins before it"),
    "deadlock": (
        "会卡住：它等待的其他分支不会到达", "it can get stuck: it waits for branches that do not come",
        "让汇合网关与分支网关同类", "join with the same kind of gateway that split"),
    "unsynchronised": (
        "会重复执行：并行分支没有先汇合", "it can run twice: parallel branches meet without waiting for each other",
        "在它之前用并行网关汇合", "join the branches by a parallel gateway before it"),
    "endless": (
        "从这里再也到不了结束", "from here no end can be reached", "加一条通往结束的出路", "add a way to an end"),
}  # fmt: skip


def _problem(place: str, node: FlowNode, kind: str, trace: list[str] | None = None) -> Problem:
    zh, en, remedy_zh, remedy_en = _WORDS[kind]
    if trace:
        shown = trace if len(trace) <= SHOWN else [*trace[: SHOWN // 2], "…", *trace[-SHOWN // 2 :]]
        zh, en = f"{zh}。路径：{' → '.join(shown)}", f"{en}. Trace: {' → '.join(shown)}"
    where = f"{place}{node.id}" + (f' "{node.name}"' if node.name else "")
    return Problem(where, Text(zh, en), Text(remedy_zh, remedy_en), f"bpmn.sound.{kind}", Severity.WARNING)


def _name(node: FlowNode) -> str:
    return " ".join(node.name.split()) or node.id

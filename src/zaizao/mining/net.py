"""What a process model allows, as a token net: places, and transitions with or without a label.

Rule kept: token semantics of BPMN 2.0.2, chapter 13, on one token a flow (a model that puts two is refused as unsafe). A
marking is a bit set of places; the process is over when no token is left. Tasks and call activities are labelled with
their names; events and gateways are silent, except named events that the log also names. Interrupting boundary events
and terminate ends clear their scope; an inclusive join waits while a token can still reach a missing branch. Repeated
activities (loops, multi-instance) may run any number of times, one after another. Event and ad-hoc sub-processes are
refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Protocol

from zaizao.bpmn import (
    Activity,
    Definitions,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    LinkDefinition,
    Process,
    SequenceFlow,
    SubProcess,
    SubProcessKind,
    TerminateDefinition,
)
from zaizao.mining.errors import MiningError
from zaizao.problems import Problem, Text

_MOST_BRANCHES = 6


class TokenGame(Protocol):
    """What a model allows, step by step; a marking is one number."""

    @property
    def name(self) -> str:
        """What problems call the model."""

    @property
    def start(self) -> int:
        """The first marking."""

    @property
    def step_labels(self) -> tuple[str | None, ...]:
        """The label of every step, ``None`` where it is silent."""

    def moves(self, marking: int) -> Iterator[tuple[int, int]]:
        """(number of the step, marking after it) of every step that may happen."""

    def ends(self, marking: int) -> bool:
        """May a case be over here?"""


@dataclass(frozen=True, slots=True)
class Transition:
    """Takes the tokens ``pre`` (bits), gives ``post``; ``label`` is ``None`` where it is silent.

    Also needs a token in ``some`` (where not 0) and none in ``barred``; takes away all tokens in ``cleared``. ``way`` is
    the sequence flow by which a gateway with a choice is left (kept only where asked for).
    """

    pre: int
    post: int
    label: str | None
    some: int = 0
    barred: int = 0
    cleared: int = 0
    way: str = ""

    def enabled(self, marking: int) -> bool:
        """May it fire?"""
        if marking & self.pre != self.pre or marking & self.barred:
            return False
        return not self.some or bool(marking & self.some)


@dataclass(frozen=True, slots=True)
class Net:
    """Transitions over ``places`` places from the marking ``start`` to ``final`` (in BPMN: no token is left)."""

    transitions: tuple[Transition, ...]
    places: int
    start: int
    name: str
    final: int = 0

    @property
    def step_labels(self) -> tuple[str | None, ...]:
        """The label of every transition."""
        return tuple(transition.label for transition in self.transitions)

    def moves(self, marking: int) -> Iterator[tuple[int, int]]:
        """(number of the transition, marking after it) of every transition that may fire."""
        for number, transition in enumerate(self.transitions):
            if transition.enabled(marking):
                yield number, self.fire(marking, transition)

    def ends(self, marking: int) -> bool:
        """Is the process over?"""
        return marking == self.final

    def fire(self, marking: int, transition: Transition) -> int:
        """The marking after ``transition``. Raises ``MiningError`` where a place would hold two tokens."""
        left = marking & ~transition.pre & ~transition.cleared
        if left & transition.post:
            raise _refused(
                self.name,
                Text("同一连线上会有两个令牌（不安全）", "one flow may hold two tokens (unsafe)"),
                Text("请让并行分支先汇合", "join parallel branches before they meet"),
                "mining.unsafe-model",
            )
        return left | transition.post


def net_of(
    model: Definitions | Process, events: Collection[str] = (), *, sink: bool = False, ways: bool = False
) -> Net:
    """The net of the first process of ``model``; events named in ``events`` are labelled.

    With ``sink`` the process is over when one token lies in a last place and none elsewhere; with ``ways`` transitions
    say by which flow they leave a choice.
    """
    process = model.processes[0] if isinstance(model, Definitions) else model
    net = _Builder(process, frozenset(events)).build(sink)
    return net if ways else replace(net, transitions=tuple(replace(t, way="") for t in net.transitions))


def _refused(where: str, what: Text, remedy: Text, code: str) -> MiningError:
    return MiningError(Problem(where, what, remedy, code))


@dataclass(slots=True)
class _Scope:
    """One process or sub-process: its nodes, flows, and the place that a finished scope puts its token in."""

    nodes: Sequence[FlowNode]
    flows: Sequence[SequenceFlow]
    into: dict[str, list[SequenceFlow]] = field(default_factory=dict)
    out: dict[str, list[SequenceFlow]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for flow in self.flows:
            self.into.setdefault(flow.target, []).append(flow)
            self.out.setdefault(flow.source, []).append(flow)


class _Builder:
    def __init__(self, process: Process, events: frozenset[str]) -> None:
        self.process = process
        self.events = events
        self.bits: dict[str, int] = {}
        self.transitions: list[Transition] = []

    def build(self, sink: bool) -> Net:
        start = self._bit("start of the process")
        done = self._bit("end of the process") if sink else 0
        self._scope(_Scope(self.process.nodes, self.process.flows), start, done)
        return Net(tuple(self.transitions), len(self.bits), start, self.process.id, done)

    def _bit(self, name: str) -> int:
        return self.bits.setdefault(name, 1 << len(self.bits))

    def _add(self, pre: int, post: int, label: str | None = None, way: str = "", **more: int) -> None:
        self.transitions.append(Transition(pre, post, label, way=way, **more))

    def _scope(self, scope: _Scope, entry: int, leaving: int) -> int:
        """Add the nodes of ``scope``; ``entry`` starts it, a token in ``leaving`` (0: none) is left by each end.

        Returns the bits of all places inside.
        """
        before = len(self.bits)
        starts = self._starts(scope)
        for start in starts:
            self._add(entry, self._after(start, scope))
        for node in scope.nodes:
            match node:
                case Gateway():
                    self._gateway(node, scope, leaving)
                case Event():
                    self._event(node, scope, leaving)
                case _:
                    self._activity(node, scope, leaving)
        inside = sum(1 << k for k in range(before, len(self.bits)))
        self._close(scope, inside, leaving)
        return inside

    def _close(self, scope: _Scope, inside: int, leaving: int) -> None:
        """Now that all places are known: terminate ends clear them, inclusive joins look at them."""
        for node in scope.nodes:
            if isinstance(node, Event) and isinstance(node.definition, TerminateDefinition):
                waiting = self._before(node)
                self.transitions = [t for t in self.transitions if not (t.pre == waiting and t.label is None)]
                self._add(waiting, leaving, cleared=inside | leaving)
            elif isinstance(node, Gateway) and node.kind == GatewayKind.INCLUSIVE:
                self._inclusive_join(node, scope)

    def _starts(self, scope: _Scope) -> list[FlowNode]:
        explicit = [n for n in scope.nodes if isinstance(n, Event) and n.position == EventPosition.START]
        if explicit:
            return list(explicit)
        return [
            n for n in scope.nodes
            if n.id not in scope.into and not (isinstance(n, Event) and n.position == EventPosition.BOUNDARY)
            and not (isinstance(n, Activity) and n.is_for_compensation) and not _catches_link(n)
        ]  # fmt: skip

    # --- places around a node ---

    def _before(self, node: FlowNode) -> int:
        """The place in which a token waits for ``node`` (not for joins that need several)."""
        return self._bit(f"before {node.id}")

    def _flow(self, flow: SequenceFlow, scope: _Scope) -> int:
        target = next(n for n in scope.nodes if n.id == flow.target)
        joins = isinstance(target, Gateway) and target.kind in (GatewayKind.PARALLEL, GatewayKind.INCLUSIVE)
        # Tokens that arrive at one end do not meet: each path ends for itself.
        if (joins or _ends_paths(target)) and len(scope.into[target.id]) > 1:
            return self._bit(f"flow {flow.id}")
        return self._before(target)

    def _after(self, node: FlowNode, scope: _Scope) -> int:
        """Tokens on all outgoing flows of a start event, or waiting at a node that starts without one."""
        if isinstance(node, Event) and node.position == EventPosition.START:
            return self._out(node, scope)
        return self._before(node)

    def _out(self, node: FlowNode, scope: _Scope) -> int:
        post = 0
        for flow in scope.out.get(node.id, ()):
            place = self._flow(flow, scope)
            if post & place:
                raise _refused(
                    node.id,
                    Text("两条出线到同一节点，会产生两个令牌", "two outgoing flows enter one node: two tokens"),
                    Text("请去掉一条", "remove one"),
                    "mining.unsafe-model",
                )
            post |= place
        return post

    # --- nodes ---

    def _activity(self, node: FlowNode, scope: _Scope, leaving: int) -> None:
        if isinstance(node, Activity) and node.is_for_compensation:
            return
        waiting, post = self._before(node), self._out(node, scope)
        if not post and leaving:
            # What nothing follows ends its path: the one token of the scope's end may lie there already.
            post = self._bit(f"after {node.id}")
            self._end(post, leaving, None)
        repeats = isinstance(node, Activity) and node.loop is not None
        boundaries = [n for n in scope.nodes if isinstance(n, Event) and n.attached_to == node.id]
        if isinstance(node, SubProcess):
            inside = self._sub_process(node, waiting, post, repeats)
        else:
            label = node.name or node.id
            self._add(waiting, post, label)
            if repeats:
                self._add(waiting, waiting, label)
            inside = waiting
        for boundary in boundaries:
            out = self._out(boundary, scope)
            if not out and leaving:
                out = self._bit(f"after {boundary.id}")
                self._end(out, leaving, None)
            if boundary.interrupting:
                caught = boundary.name if boundary.name in self.events else None
                self._add(0, out, caught, some=inside, cleared=inside)
            elif not isinstance(node, SubProcess):
                self._add(waiting, post | out, node.name or node.id)

    def _sub_process(self, node: SubProcess, waiting: int, post: int, repeats: bool) -> int:
        if node.kind in (SubProcessKind.EVENT, SubProcessKind.AD_HOC):
            raise _refused(
                node.id,
                Text("不支持事件子流程与自由子流程的对齐", "event and ad-hoc sub-processes are not supported here"),
                Text("请改为普通子流程", "use an embedded sub-process"),
                "mining.unsupported-element",
            )
        done = self._bit(f"ends of {node.id}")
        inside = self._scope(_Scope(node.nodes, node.flows), waiting, done) | waiting
        self._add(done, post, barred=inside & ~done)
        if repeats:
            self._add(done, waiting, barred=inside & ~done)
        return inside | done

    def _event(self, node: Event, scope: _Scope, leaving: int) -> None:
        if node.position in (EventPosition.START, EventPosition.BOUNDARY):
            return
        label = node.name if node.name and node.name in self.events else None
        waiting = self._before(node)
        if node.position == EventPosition.THROW and isinstance(node.definition, LinkDefinition):
            for other in scope.nodes:
                if _catches_link(other) and isinstance(other, Event) and other.definition == node.definition:
                    self._add(waiting, self._before(other), label)
            return
        if node.position == EventPosition.END:
            arriving = [self._flow(flow, scope) for flow in scope.into.get(node.id, ())] or [waiting]
            for place in dict.fromkeys(arriving):
                self._end(place, leaving, label)
            return
        post = self._out(node, scope)
        if post:
            self._add(waiting, post, label)
        else:
            self._end(waiting, leaving, label)

    def _end(self, waiting: int, leaving: int, label: str | None) -> None:
        if not leaving:
            self._add(waiting, 0, label)
            return
        # Several ends of one scope leave one token between them.
        self._add(waiting, leaving, label, barred=leaving)
        self._add(waiting | leaving, leaving, label)

    def _gateway(self, node: Gateway, scope: _Scope, leaving: int) -> None:
        into, out = scope.into.get(node.id, []), scope.out.get(node.id, [])
        if node.kind in (GatewayKind.EXCLUSIVE, GatewayKind.EVENT_BASED):
            waiting = self._before(node)
            for flow in out:
                self._add(waiting, self._flow(flow, scope), way=flow.id if len(out) > 1 else "")
            if not out:
                self._end(waiting, leaving, None)
        elif node.kind == GatewayKind.PARALLEL:
            pre = sum({self._flow(flow, scope) for flow in into}) or self._before(node)
            post = self._out(node, scope)
            if post:
                self._add(pre, post)
            else:
                self._end(pre, leaving, None)
        elif node.kind == GatewayKind.INCLUSIVE:
            self._inclusive_split(node, scope, out, leaving)
        else:
            raise _refused(
                node.id,
                Text("不支持复杂网关的对齐", "complex gateways are not supported here"),
                Text("请改用其他网关", "use another gateway"),
                "mining.unsupported-element",
            )

    def _inclusive_split(self, node: Gateway, scope: _Scope, out: list[SequenceFlow], leaving: int) -> None:
        if max(len(out), len(scope.into.get(node.id, ()))) > _MOST_BRANCHES:
            raise _refused(
                node.id,
                Text(
                    f"包容网关的分支超过 {_MOST_BRANCHES} 条", f"inclusive gateway with over {_MOST_BRANCHES} branches"
                ),
                Text("请拆成几个网关", "split it into several"),
                "mining.unsupported-element",
            )
        joining = len(scope.into.get(node.id, ())) > 1
        waiting = self._bit(f"joined {node.id}") if joining else self._before(node)
        for size in range(1, len(out) + 1):
            for chosen in combinations(out, size):
                self._add(waiting, sum(self._flow(flow, scope) for flow in chosen))
        if not out:
            self._end(waiting, leaving, None)

    def _inclusive_join(self, node: Gateway, scope: _Scope) -> None:
        into = scope.into.get(node.id, [])
        if len(into) < 2:
            return
        upstream = {flow.id: self._upstream(flow, node, scope) for flow in into}
        joined = self._bit(f"joined {node.id}")
        for size in range(1, len(into) + 1):
            for arrived in combinations(into, size):
                pre = sum(self._flow(flow, scope) for flow in arrived)
                missing = [flow for flow in into if flow not in arrived]
                barred = 0
                for flow in missing:
                    barred |= self._flow(flow, scope) | upstream[flow.id]
                self._add(pre, joined, barred=barred & ~pre)

    def _upstream(self, flow: SequenceFlow, join: Gateway, scope: _Scope) -> int:
        """Places from which a token can still reach ``flow`` without passing ``join``."""
        seen, front, places = {join.id}, [flow.source], 0
        while front:
            here = front.pop()
            if here in seen:
                continue
            seen.add(here)
            node = next(n for n in scope.nodes if n.id == here)
            places |= self.bits.get(f"before {here}", 0) | self.bits.get(f"joined {here}", 0)
            for entering in scope.into.get(here, ()):
                places |= self.bits.get(f"flow {entering.id}", 0)
                front.append(entering.source)
            if isinstance(node, Event) and node.attached_to:
                front.append(node.attached_to)
        return places


def _ends_paths(node: FlowNode) -> bool:
    return (
        isinstance(node, Event)
        and node.position == EventPosition.END
        and not isinstance(node.definition, TerminateDefinition)
    )


def _catches_link(node: FlowNode) -> bool:
    return (
        isinstance(node, Event) and node.position == EventPosition.CATCH and isinstance(node.definition, LinkDefinition)
    )


def labels(net: TokenGame) -> tuple[str, ...]:
    """The labels of ``net``, each once, in order of first appearance."""
    return tuple(dict.fromkeys(label for label in net.step_labels if label is not None))


def explored(net: TokenGame, most: int = 200_000) -> dict[int, list[tuple[int, int]]] | None:
    """Every reachable marking with its moves; ``None`` where there are more than ``most``."""
    found: dict[int, list[tuple[int, int]]] = {}
    front = [net.start]
    while front:
        here = front.pop()
        if here in found:
            continue
        found[here] = list(net.moves(here))
        front += [after for _, after in found[here] if after not in found]
        if len(found) > most:
            return None
    return found


def sound(net: TokenGame, most: int = 200_000) -> bool | None:
    """Can every reachable marking still end properly, and can every step happen?

    ``None`` where more than ``most`` markings are reachable, so that nothing is known.
    """
    reached = explored(net, most)
    if reached is None:
        return None
    backward: dict[int, list[int]] = {}
    for here, moves in reached.items():
        for _, after in moves:
            backward.setdefault(after, []).append(here)
    can_end = {marking for marking in reached if net.ends(marking)}
    front = list(can_end)
    while front:
        for before in backward.get(front.pop(), ()):
            if before not in can_end:
                can_end.add(before)
                front.append(before)
    fired = {number for moves in reached.values() for number, _ in moves}
    return reached.keys() <= can_end and len(fired) == len(net.step_labels)

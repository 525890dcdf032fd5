"""Small processes and scenarios by hand, and a token game that plays every run of a process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from zaizao.bpmn import Event, EventPosition, FlowNode, Gateway, GatewayKind, Process, SequenceFlow, Task, TaskKind
from zaizao.calendars import always, office
from zaizao.simulation import (
    Arrivals,
    Branching,
    CaseAttribute,
    Distribution,
    Family,
    Resource,
    Role,
    Scenario,
    Work,
)

MONDAY = 1_704_038_400_000_000  # 2024-01-01T00:00 in Shanghai
OPEN = tuple(1.0 if day < 5 and 9 <= hour < 17 else 0.0 for day in range(7) for hour in range(24))


@dataclass
class Drawing:
    """Builds a process step by step; ``here`` is where the next element is attached."""

    nodes: list[FlowNode] = field(default_factory=list)
    flows: list[SequenceFlow] = field(default_factory=list)
    work: dict[str, Work] = field(default_factory=dict)
    branching: dict[str, Branching] = field(default_factory=dict)

    def flow(self, source: str, target: str) -> str:
        name = f"f_{source}_{target}"
        self.flows.append(SequenceFlow(id=name, source=source, target=target))
        return name

    def event(self, name: str, position: EventPosition) -> str:
        self.nodes.append(Event(id=name, position=position))
        return name

    def gateway(self, name: str, kind: GatewayKind = GatewayKind.EXCLUSIVE) -> str:
        self.nodes.append(Gateway(id=name, kind=kind))
        return name

    def task(
        self,
        name: str,
        minutes: float,
        role: str | None = "clerk",
        *,
        delay: float = 0.0,
        kind: TaskKind = TaskKind.USER,
    ) -> str:
        self.nodes.append(Task(id=name, name=name.replace("_", " "), kind=kind))
        self.work[name] = Work(
            Distribution(Family.EXPONENTIAL, (minutes * 60,)),
            role,
            delay=Distribution(Family.EXPONENTIAL, (delay * 3600,)) if delay else None,
            automatic=role is None,
        )
        return name

    def choose(self, gateway: str, weights: dict[str, float]) -> None:
        self.branching[gateway] = Branching(weights)

    def process(self) -> Process:
        return Process(id="loan", name="Loan", nodes=tuple(self.nodes), flows=tuple(self.flows))


def roles(clerks: int = 4, underwriters: int = 3) -> dict[str, Role]:
    return {
        "clerk": Role("clerk", tuple(Resource(f"clerk {n}", "office", 6_000) for n in range(clerks))),
        "underwriter": Role("underwriter", tuple(Resource(f"uw {n}", "office", 12_000) for n in range(underwriters))),
    }


def scenario_of(drawing: Drawing, per_hour: float = 6.0, **people: int) -> Scenario:
    return Scenario(
        name="loan",
        start=MONDAY,
        arrivals=Arrivals(tuple(rate * per_hour for rate in OPEN)),
        work=drawing.work,
        branching=drawing.branching,
        roles=roles(**people),
        calendars={"office": office(), "always": always()},
        attributes=(CaseAttribute("amount", number=Distribution(Family.LOGNORMAL, (11.0, 0.8))),),
    )


def loan() -> tuple[Process, Scenario]:
    """Intake, registration, three checks (slow and mild first), a return loop, outside data, decision, offer."""
    d = Drawing()
    start = d.event("start", EventPosition.START)
    d.task("intake", 12)
    d.task("register", 6)
    d.flow(start, "intake")
    again = d.gateway("again")
    d.flow("intake", again)
    d.flow(again, "register")
    last = "register"
    refuse = d.gateway("refuse")
    for name, minutes, rejects in (("site_visit", 90, 0.05), ("documents", 20, 0.10), ("blacklist", 4, 0.20)):
        d.task(name, minutes, "underwriter" if minutes > 60 else "clerk")
        choice = d.gateway(f"ok_{name}")
        d.flow(last, name)
        d.flow(name, choice)
        no = d.flow(choice, refuse)
        last = choice
        d.choose(choice, {no: rejects})
    d.task("complete_file", 10)
    for name in ("site_visit", "documents", "blacklist"):
        following = {"site_visit": "documents", "documents": "blacklist", "blacklist": "complete_file"}[name]
        if name == "blacklist":
            d.flow("ok_blacklist", "complete_file")
        weights = dict(d.branching[f"ok_{name}"].weights)
        weights[f"f_ok_{name}_{following}"] = 1 - sum(weights.values())
        d.choose(f"ok_{name}", weights)
    complete = d.gateway("complete")
    d.flow("complete_file", complete)
    d.task("query_bureau", 15, delay=6)
    back = d.flow(complete, again)
    onward = d.flow(complete, "query_bureau")
    d.choose(complete, {back: 0.3, onward: 0.7})
    d.task("value_house", 30, "underwriter", delay=20)
    d.flow("query_bureau", "value_house")
    d.task("decide", 25, "underwriter")
    d.flow("value_house", "decide")
    decided = d.gateway("decided")
    d.flow("decide", decided)
    d.task("second_look", 10, "underwriter")
    yes = d.flow(decided, "second_look")
    no = d.flow(decided, refuse)
    d.choose(decided, {yes: 0.75, no: 0.25})
    d.task("offer", 10)
    d.flow("second_look", "offer")
    d.flow("offer", d.event("paid", EventPosition.END))
    d.task("refuse_letter", 1, None, kind=TaskKind.SERVICE)
    d.flow(refuse, "refuse_letter")
    d.flow("refuse_letter", d.event("refused", EventPosition.END))
    return d.process(), scenario_of(d, per_hour=2.0, underwriters=4, clerks=4)


def problems_of(process: Process, limit: int = 4000) -> list[str]:
    """Plays all runs: dead ends, tokens left at the end, unsafe places, nodes never reached. Empty = sound."""
    into: dict[str, list[str]] = {node.id: [] for node in process.nodes}
    out: dict[str, list[str]] = {node.id: [] for node in process.nodes}
    for flow in process.flows:
        into[flow.target].append(flow.id)
        out[flow.source].append(flow.id)
    target = {flow.id: flow.target for flow in process.flows}
    kinds = {node.id: node.kind if isinstance(node, Gateway) else None for node in process.nodes}
    starts = [node.id for node in process.nodes if not into[node.id]]
    if len(starts) != 1:
        return [f"starts: {starts}"]
    first = frozenset(out[starts[0]])
    seen, stack, reached, found = {first}, [first], {starts[0]}, []
    while stack:
        marking = stack.pop()
        if not marking:
            continue
        steps = []
        for place in marking:
            node = target[place]
            if kinds[node] is GatewayKind.PARALLEL and not marking.issuperset(into[node]):
                continue
            taken = set(into[node]) if kinds[node] is GatewayKind.PARALLEL else {place}
            reached.add(node)
            choices = [[flow] for flow in out[node]] if kinds[node] is GatewayKind.EXCLUSIVE else [out[node]]
            steps += [Counter(marking - taken) + Counter(choice) for choice in choices]
        if not steps:
            found.append(f"stuck at {sorted(marking)}")
        for step in steps:
            if any(count > 1 for count in step.values()):
                found.append(f"two tokens on {max(step, key=lambda name: step[name])}")
                return found
            nxt = frozenset(step)
            if nxt not in seen:
                seen.add(nxt)
                stack.append(nxt)
        if len(seen) > limit:
            return [*found, "too many markings"]
    found += [f"never reached: {node}" for node in kinds if node not in reached]
    return found

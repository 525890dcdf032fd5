"""Law: on random models the kernel's traces are exactly those that the engine allows.

The engine's language is found by trying out, from the beginning, every order in which its jobs and its timer can come,
for every answer to its choices. The kernel is given enough cases for each of the (few) traces to come up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, pairwise, product

from hypothesis import HealthCheck, assume, given, settings, strategies as st

from engine.driving import Bench
from simulation.small import exponential, process, scenario
from zaizao.bpmn import (
    Definitions,
    Event,
    EventPosition,
    Gateway,
    GatewayKind,
    Job,
    MultiInstance,
    Process,
    SequenceFlow,
    SubProcess,
    SubProcessKind,
    Task,
    TaskKind,
    TimerDefinition,
    TimerKind,
)
from zaizao.engine import JobRow
from zaizao.simulation import Branching, Distribution, Family, Work, simulate

Trace = tuple[str, ...]
MOST = 120
CASES = 30_000
TIMER = TimerDefinition(TimerKind.DURATION, '"PT1H"')
LEAF = st.sampled_from(["task", "task", "task", "many", "turns", "many scope", "guarded", "watched", "watched beside"])
BLOCK = st.recursive(
    LEAF,
    lambda inner: st.tuples(st.sampled_from(["seq", "x", "+", "o"]), st.lists(inner, min_size=2, max_size=2)),
    max_leaves=3,
)


def work_step(name: str, loop: MultiInstance | None = None) -> Task:
    return Task(id=name, name=name, kind=TaskKind.SERVICE, job=Job(f'"{name}"'), loop=loop)


def several(name: str, *, sequential: bool) -> MultiInstance:
    return MultiInstance(f"runs_{name}", element="one", sequential=sequential)


@dataclass
class Sketch:
    """A random block structure as paths for ``process``, and its special nodes."""

    paths: list[str] = field(default_factory=list)
    nodes: list[object] = field(default_factory=list)
    timers: list[str] = field(default_factory=list)
    many: list[str] = field(default_factory=list)
    count: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def draw(self, block: object, entry: str) -> str:
        if isinstance(block, str):
            first, last = self.leaf(block)
            self.paths.append(f"{entry} {first}")
            return last
        kind, children = block  # type: ignore[misc]
        if kind == "seq":
            for child in children:
                entry = self.draw(child, entry)
            return entry
        opening, closing = self.name(kind), self.name(kind)
        self.paths.append(f"{entry} {opening}")
        self.paths.extend(f"{self.draw(child, opening)} {closing}" for child in children)
        return closing

    def leaf(self, kind: str) -> tuple[str, str]:
        """A leaf's first and last node."""
        name = self.name("T")
        if kind in ("many", "turns"):
            self.many.append(name)
            self.nodes.append(work_step(name, several(name, sequential=kind == "turns")))
        elif kind == "many scope":
            self.many.append(name)
            self.nodes.append(self.scope(name, loop=several(name, sequential=False)))
        elif kind in ("watched", "watched beside"):
            self.nodes.append(self.scope(name, self.beside(name, interrupting=kind == "watched")))
        else:
            self.nodes.append(work_step(name))
            if kind == "guarded":
                return name, self.guard(name)
        return name, name

    def guard(self, host: str) -> str:
        event, merge = self.name("B"), self.name("x")
        self.timers.append(event)
        self.nodes.append(
            Event(id=event, position=EventPosition.BOUNDARY, definitions=(TIMER,), attached_to=host, interrupting=True)
        )
        late = self.name("T")
        self.nodes.append(work_step(late))
        self.paths += [f"{event} {late} {merge}", f"{host} {merge}"]
        return merge

    def scope(self, name: str, *more: SubProcess, loop: MultiInstance | None = None) -> SubProcess:
        start, end = f"{name}_in", f"{name}_out"
        steps = [self.name("T"), self.name("T")] if not loop else [self.name("T")]
        words = [start, *steps, end]
        nodes = (
            Event(id=start, position=EventPosition.START),
            *map(work_step, steps),
            Event(id=end, position=EventPosition.END),
        )
        flows = tuple(SequenceFlow(id=f"{a}-{b}", source=a, target=b) for a, b in pairwise(words))
        return SubProcess(id=name, name=name, nodes=(*nodes, *more), flows=flows, loop=loop)

    def beside(self, host: str, *, interrupting: bool) -> SubProcess:
        start, step, end = f"{host}_when", self.name("T"), f"{host}_then"
        self.timers.append(start)
        nodes = (
            Event(id=start, position=EventPosition.START, definitions=(TIMER,), interrupting=interrupting),
            work_step(step),
            Event(id=end, position=EventPosition.END),
        )
        flows = tuple(SequenceFlow(id=f"{a}-{b}", source=a, target=b) for a, b in ((start, step), (step, end)))
        return SubProcess(
            id=f"{host}_beside", name=f"{host}_beside", kind=SubProcessKind.EVENT, nodes=nodes, flows=flows
        )


def model_of(block: object) -> tuple[Process, Sketch]:
    sketch = Sketch()
    sketch.paths.append(f"{sketch.draw(block, 's')} e")
    drawn = process(*sketch.paths, nodes=tuple(sketch.nodes))  # type: ignore[arg-type]
    kinds = {node.id: node.kind for node in drawn.nodes if isinstance(node, Gateway)}
    outs = outgoing(drawn)
    flows = tuple(
        replace(flow, condition=f'{variable(flow.source)} = "{flow.target}"')
        if kinds.get(flow.source) is GatewayKind.EXCLUSIVE and len(outs[flow.source]) > 1
        else replace(flow, condition=f'list contains({variable(flow.source)}, "{flow.target}")')
        if kinds.get(flow.source) is GatewayKind.INCLUSIVE and len(outs[flow.source]) > 1
        else flow
        for flow in drawn.flows
    )
    return replace(drawn, flows=flows), sketch


def variable(gateway: str) -> str:
    return "go_" + gateway[1:]


def outgoing(model: Process) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for flow in model.flows:
        found.setdefault(flow.source, []).append(flow.target)
    return found


def answers(model: Process, sketch: Sketch) -> Iterator[dict[str, object]]:
    """Every combination of choices and numbers of runs."""
    options: list[list[tuple[str, object]]] = []
    for node in model.nodes:
        ways = outgoing(model).get(node.id, [])
        if not isinstance(node, Gateway) or len(ways) < 2:
            continue
        if node.kind is GatewayKind.EXCLUSIVE:
            options.append([(variable(node.id), way) for way in ways])
        elif node.kind is GatewayKind.INCLUSIVE:
            some = chain.from_iterable(combinations(ways, size) for size in range(1, len(ways) + 1))
            options.append([(variable(node.id), list(chosen)) for chosen in some])
    options += [[(f"runs_{name}", [1]), (f"runs_{name}", [1, 2])] for name in sketch.many]
    return (dict(combination) for combination in product(*options))


def engine_traces(model: Process, sketch: Sketch) -> set[Trace] | None:
    """Every order of completions that the engine allows; ``None`` where there are too many to try."""
    found: set[Trace] = set()
    tried = 0
    for chosen in answers(model, sketch):
        paths: list[tuple[str, ...]] = [()]
        while paths:
            path = paths.pop()
            tried += 1
            if tried > 6 * MOST:
                return None
            bench = Bench(Definitions(processes=(model,)))
            case = bench.engine.create("p", chosen)
            for action in path:
                if action:
                    bench.do(action)
                else:
                    due = bench.engine.next_due()
                    assert due is not None
                    bench.clock.advance_to(due)
                    bench.engine.tick()
            following = sorted({row.job_type for row in bench.store.find(JobRow)})
            if bench.engine.next_due() is not None:
                following.append("")
            if not following:
                assert bench.state(case) in ("completed", "None"), bench.state(case)
                found.add(tuple(action for action in path if action))
            paths += [(*path, action) for action in following]
    return found if len(found) <= MOST else None


def kernel_traces(model: Process, sketch: Sketch) -> set[Trace]:
    steps = [node for scope in scopes(model.nodes) for node in scope if isinstance(node, Task)]
    outs = outgoing(model)
    weights = {
        node.id: Branching({f"{node.id}-{way}": 0.5 for way in outs[node.id]})
        for node in model.nodes
        if isinstance(node, Gateway) and len(outs.get(node.id, [])) > 1
    }
    run = scenario(
        {step.id: Work(exponential(600)) for step in steps},
        4.0,
        branching=weights,
        timers={event: exponential(600) for event in sketch.timers},
        instances={name: Distribution(Family.UNIFORM, (0.5, 2.49)) for name in sketch.many},
    )
    log = simulate(model, run, cases=CASES, seed=7)
    assert not log.findings
    names = [log.activity_names[code] for code in log.activity.tolist()]
    return {tuple(names[a:b]) for a, b in zip(log.offsets[:-1], log.offsets[1:], strict=True)}


def scopes(nodes: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    yield nodes
    for node in nodes:
        if isinstance(node, SubProcess):
            yield from scopes(node.nodes)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(BLOCK)
def test_the_kernel_s_traces_are_exactly_those_that_the_engine_allows(block: object) -> None:
    model, sketch = model_of(block)
    assume(len(sketch.timers) <= 1 and sketch.count <= 9)
    allowed = engine_traces(model, sketch)
    assume(allowed is not None)
    simulated = kernel_traces(model, sketch)
    assert simulated == allowed

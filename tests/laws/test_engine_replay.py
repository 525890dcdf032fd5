"""Laws of the engine over random models and random histories.

Replay: at every moment, the journal of a case makes its state, and the state survives encoding; and the whole journal
makes every row of every table. A crash after every
command: a durable store that is closed and opened again after each command has the same journal, record by record.
Nothing is left of a case that ended. A command that was carried out is rejected the second time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.cluster import able, cluster
from engine.driving import SECOND, T0
from engine.sketch import after, boundary, catch, declared, end, model, start, sub
from zaizao.bpmn import (
    Definitions,
    ErrorDefinition,
    FlowNode,
    Message,
    MessageDefinition,
    MultiInstance,
    SubProcessKind,
)
from zaizao.engine import (
    CommandRejected,
    Engine,
    JobRow,
    MemoryStore,
    PostgresStore,
    SqliteStore,
    Store,
    VirtualClock,
    inside,
    local_of,
)
from zaizao.engine.apply import replay
from zaizao.engine.rebuilding import rebuild
from zaizao.engine.state import decode, encode
from zaizao.engine.stores import SubscriptionRow, TimerRow
from zaizao.engine.stores.rows import ROWS

KINDS = (
    "task",
    "task",
    "seq",
    "seq",
    "seq",
    "seq",
    "xor",
    "and",
    "or",
    "loop",
    "sub",
    "timer",
    "message",
    "runs",
    "event",
)


class Drawing:
    """Draws random block-structured processes that may branch, join, loop, nest, wait and be interrupted."""

    def __init__(self, luck: Random) -> None:
        self.luck = luck
        self.count = 0
        self.nodes: list[FlowNode] = []
        self.extra: list[str] = []

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def block(self, depth: int) -> tuple[str, str, list[str]]:
        """(first node, last node, arrows) of a random block."""
        kind = self.luck.choice(KINDS if depth else ("task", "timer", "message"))
        if kind in ("xor", "and", "or"):
            return self.branches(kind, depth)
        if kind == "seq":
            first, second = self.block(depth - 1), self.block(depth - 1)
            return first[0], second[1], [*first[2], *second[2], f"{first[1]} -> {second[0]}"]
        if kind == "loop":
            inner, begin, finish = self.block(depth - 1), self.name("x"), self.name("x")
            flag = f"v{self.luck.randint(0, 3)}"
            arrows = [*inner[2], f"{begin} -> {inner[0]}", f"{inner[1]} -> {finish}", f"{finish} -[{flag}]-> {begin}"]
            after_loop = self.name("x")
            return begin, after_loop, [*arrows, f"{finish} -[else]-> {after_loop}"]
        return self.single(kind, depth)

    def branches(self, kind: str, depth: int) -> tuple[str, str, list[str]]:
        letter = {"xor": "x", "and": "p", "or": "o"}[kind]
        split, join = self.name(letter), self.name(letter)
        arrows = []
        inner = [self.block(depth - 1) for _ in range(2)]
        conditions = ("", "") if kind == "and" else (f"-[v{self.luck.randint(0, 3)}]", "-[else]")
        for condition, (first, last, more) in zip(conditions, inner, strict=True):
            arrows += [*more, f"{split} {condition}-> {first}", f"{last} -> {join}"]
        return split, join, arrows

    def single(self, kind: str, depth: int) -> tuple[str, str, list[str]]:
        name = self.name({"sub": "sub", "runs": "runs", "event": "box"}.get(kind, kind))
        if kind == "timer":
            self.nodes.append(catch(name, after(f"PT{self.luck.randint(1, 3)}S")))
        elif kind == "message":
            self.nodes.append(catch(name, MessageDefinition("msg")))
        elif kind in ("sub", "runs", "event"):
            self.nodes.append(self.scope(kind, name, depth))
            self.guard(name)
        elif self.luck.random() < 0.5:
            self.guard(name)
        return name, name, [] if kind != "task" else [name]

    def scope(self, kind: str, name: str, depth: int) -> FlowNode:
        inner = type(self)(self.luck)
        inner.count = self.count + 100 * (depth + 1)
        first, last, arrows = inner.block(depth - 1)
        begin, finish = inner.name("s"), inner.name("e")
        lines = [*arrows, *inner.extra, f"{begin} -> {first}", f"{last} -> {finish}"]
        nodes = list(inner.nodes)
        if kind == "event":
            entry = start(f"{name}_es", MessageDefinition("msg"), interrupting=self.luck.random() < 0.5)
            nodes.append(
                sub(
                    f"{name}_ev",
                    f"{name}_es -> {name}_task -> {name}_ee",
                    entry,
                    end(f"{name}_ee"),
                    kind=SubProcessKind.EVENT,
                )
            )
        loop = None
        if kind == "runs":
            loop = MultiInstance(
                "items",
                element="item",
                output_collection="out",
                output_element="item",
                sequential=self.luck.random() < 0.5,
            )
        self.count = inner.count
        return sub(name, "\n".join(lines), *nodes, loop=loop)

    def guard(self, host: str) -> None:
        """A boundary event whose way ends by itself."""
        name = self.name("guard")
        timer = self.luck.random() < 0.5
        definition = after("PT2S") if timer else ErrorDefinition("E")
        self.nodes.append(boundary(name, host, definition, interrupting=not timer or self.luck.random() < 0.5))
        self.extra.append(f"{name} -> {self.name('after')} -> {self.name('e')}")


def random_model(luck: Random, pen: type[Drawing] = Drawing) -> Definitions:
    """A block-structured process of up to some dozen nodes."""
    drawing = pen(luck)
    first, last, arrows = drawing.block(4)
    lines = [f"s -> {first}", *arrows, *drawing.extra, f"{last} -> e"]
    return model(
        "\n".join(lines),
        *drawing.nodes,
        messages=(Message(id="msg", name="msg", correlation_key='"k"'),),
        errors=(declared("E"),),
    )


class Twin:
    """The same commands on a store in memory and on durable ones that are closed after each of them."""

    def __init__(self, definitions: Definitions, folder: str) -> None:
        path = Path(folder) / "engine.db"
        self.open: list[Callable[[], Store]] = [lambda: SqliteStore(path)]
        if not able():
            url = cluster().database()
            self.open.append(lambda: PostgresStore(url))
        self.clock = VirtualClock(T0)
        self.memory = Engine(MemoryStore(), self.clock)
        self.durable = [Engine(make(), self.clock) for make in self.open]
        self.both("deploy", definitions)

    def both(self, method: str, *arguments: Any, **named: Any) -> Any:
        answers = []
        for engine in (self.memory, *self.durable):
            try:
                answers.append(getattr(engine, method)(*arguments, **named))
            except CommandRejected as rejected:
                answers.append(rejected.code)
        for engine in self.durable:
            engine.store.close()
        self.durable = [Engine(make(), self.clock) for make in self.open]
        assert all(answer == answers[0] for answer in answers)
        return answers[0]

    def check(self, case: int) -> None:
        live = self.memory.case(case)
        events = [record.event for record in self.memory.journal(case)]
        replayed = replay(events, case)
        if live is not None:
            assert replayed == live == decode(encode(live))
            assert all(engine.case(case) == live for engine in self.durable)
            assert sum(1 for e in live.elements.values() if e.scope == 0) == live.elements[0].children
        else:
            assert replayed.ended and all(e.id == 0 for e in replayed.elements.values())
            for table in (JobRow, TimerRow, SubscriptionRow):
                assert self.memory.store.find(table) == []

    def close(self) -> None:
        for engine in self.durable:
            assert list(self.memory.journal()) == list(engine.journal())
            assert engine.verify() == self.memory.verify()
            again = MemoryStore()
            rebuild(engine.store.journal(), again)
            for table in ROWS:
                assert again.find(table) == self.memory.store.find(table) == engine.store.find(table)
            assert again.last_number() == self.memory.store.last_number()
            engine.store.close()


def act(twin: Twin, luck: Random, case: int) -> None:
    """One random thing happens."""
    jobs = twin.memory.store.find(JobRow)
    live = twin.memory.case(case)
    what = luck.choice(["job", "job", "job", "job", "time", "time", "message", "variables", "error", "modify"])
    if what in ("job", "error") and jobs:
        row = luck.choice(jobs)
        twin.both("activate", row.job_type, "w", 1)
        if what == "job":
            variables = {f"v{luck.randint(0, 3)}": luck.random() < 0.5, "item": luck.randint(0, 9)}
            twin.both("complete", row.key, variables)
            assert twin.both("complete", row.key, variables) == "not-found"
        else:
            twin.both("throw_error", row.key, luck.choice(["E", "F"]))
    elif what == "time":
        twin.clock.advance(SECOND)
        twin.both("tick")
    elif what == "message":
        twin.both("publish", "msg", "k", {"v1": luck.random() < 0.5}, life_us=luck.randint(0, 2) * SECOND)
    elif what == "modify" and live is not None:
        nodes = twin.memory.runtime.library.executable(live.process).nodes[1:]
        before = [luck.choice(nodes).id] if luck.random() < 0.5 else []
        ends = [inside(case, luck.choice(sorted(live.elements)))] if luck.random() < 0.5 else []
        twin.both("modify", case, before=before, terminate=ends)
    elif twin.memory.incidents():
        twin.both("resolve", twin.memory.incidents()[0].key)
    elif live is not None:
        twin.both("set_variables", case, {f"v{luck.randint(0, 3)}": luck.random() < 0.5})


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_the_journal_is_the_state_at_every_moment_on_every_store(seed: int) -> None:
    live_through(seed)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_the_journal_is_the_state_in_many_more_histories(seed: int) -> None:
    live_through(seed)


def live_through(seed: int) -> None:
    """One random model and history, checked after every command."""
    luck = Random(seed)
    with TemporaryDirectory() as folder:
        twin = Twin(random_model(luck), folder)
        variables = {f"v{n}": luck.random() < 0.5 for n in range(4)} | {"items": [1, 2, 3]}
        case = twin.both("create", "p", variables)
        assert local_of(case) == 0
        for _ in range(luck.randint(5, 20)):
            act(twin, luck, case)
            twin.check(case)
        if twin.memory.case(case) is not None and luck.random() < 0.5:
            twin.both("cancel", case)
        twin.check(case)
        twin.close()

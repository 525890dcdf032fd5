"""Law of crashes: whatever the store was about to write when the machine stopped, nothing is lost and nothing doubled.

Every command of a random history first dies at random store operations (between any two records that it writes), in
two ways: the process is gone and the file is opened again, or the error comes back and the engine goes on. After each
death the case stands as before the command; in the end the journal is that of a history in which nothing ever died.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.driving import T0
from laws.test_engine_replay import act, random_model
from zaizao.bpmn import Definitions
from zaizao.engine import CommandRejected, Engine, JobRow, MemoryStore, SqliteStore, VirtualClock
from zaizao.engine.apply import replay
from zaizao.engine.stores.rows import ROWS

WRITES = frozenset({"append", "save_case", "put", "delete", "next_number", "commit"})


class Died(Exception):
    """The machine stopped."""


class Mortal:
    """A store that dies at write number ``left``."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.left = -1

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.store, name)
        if name not in WRITES:
            return value

        def write(*arguments: Any) -> Any:
            if self.left == 0:
                self.left = -1
                raise Died
            self.left -= 1
            return value(*arguments)

        return write


class Twins:
    """The same commands on an engine that never dies and on one that dies on the way to each of them."""

    def __init__(self, definitions: Definitions, folder: str, luck: Random) -> None:
        self.path = Path(folder) / "engine.db"
        self.luck = luck
        self.clock = VirtualClock(T0)
        self.memory = Engine(MemoryStore(), self.clock)
        self.deaths = 0
        self.open()
        self.both("deploy", definitions)

    def open(self) -> None:
        self.mortal = Mortal(SqliteStore(self.path))
        self.durable = Engine(self.mortal, self.clock)

    def answer(self, engine: Engine, method: str, arguments: Any, named: Any) -> Any:
        try:
            return getattr(engine, method)(*arguments, **named)
        except CommandRejected as rejected:
            return rejected.code

    def both(self, method: str, *arguments: Any, **named: Any) -> Any:
        expected = self.answer(self.memory, method, arguments, named)
        before = list(self.durable.journal())
        for _ in range(2):
            self.mortal.left = self.luck.randint(0, 6)
            try:
                answer = self.answer(self.durable, method, arguments, named)
            except Died:
                self.deaths += 1
                if self.luck.random() < 0.5:
                    self.open()
                assert list(self.durable.journal()) == before
                continue
            break
        else:
            self.mortal.left = -1
            answer = self.answer(self.durable, method, arguments, named)
        self.mortal.left = -1
        assert answer == expected
        return answer

    def check(self, case: int) -> None:
        live = self.memory.case(case)
        assert self.durable.case(case) == live
        if live is not None:
            assert replay([record.event for record in self.durable.journal(case)], case) == live

    def close(self) -> None:
        assert list(self.memory.journal()) == list(self.durable.journal())
        assert self.durable.verify() == self.memory.verify()
        for table in ROWS:
            assert self.mortal.find(table) == self.memory.store.find(table)
        self.mortal.close()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_a_death_between_any_two_writes_leaves_no_trace(seed: int) -> None:
    die_through(seed)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_deaths_leave_no_trace_in_many_more_histories(seed: int) -> None:
    die_through(seed)


def die_through(seed: int) -> None:
    """One random model and history, with a death on the way to each command."""
    luck = Random(seed)
    with TemporaryDirectory() as folder:
        twins = Twins(random_model(luck), folder, luck)
        case = twins.both("create", "p", {f"v{n}": luck.random() < 0.5 for n in range(4)} | {"items": [1, 2, 3]})
        for _ in range(luck.randint(5, 15)):
            act(twins, luck, case)  # type: ignore[arg-type]
            twins.check(case)
        assert twins.deaths
        twins.close()


def test_random_histories_reach_jobs_that_can_be_lost() -> None:
    with TemporaryDirectory() as folder:
        twins = Twins(random_model(Random(7)), folder, Random(7))
        twins.both("create", "p", {f"v{n}": True for n in range(4)} | {"items": [1]})
        assert twins.memory.store.find(JobRow) == twins.mortal.find(JobRow)
        twins.close()

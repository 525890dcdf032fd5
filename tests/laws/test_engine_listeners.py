"""Laws of listeners over random models and histories: the journal makes the state, no listener outlives its element,
a task changes in one way at a time, and nothing is left of a case that ended, whatever was put off on the way."""

from __future__ import annotations

from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.sketch import service
from laws.test_engine_replay import Drawing, Twin, act, random_model
from zaizao.bpmn import HumanWork, Listener, Task, TaskKind
from zaizao.engine import JobRow, TaskRow, Verdict, case_of, local_of

EVENTS = ("creating", "assigning", "updating", "completing", "canceling")


class Listened(Drawing):
    """Draws tasks with listeners, and user tasks among them."""

    def single(self, kind: str, depth: int) -> tuple[str, str, list[str]]:
        if kind != "task":
            return super().single(kind, depth)
        name = self.name("task")
        around = tuple(Listener(self.luck.choice(["start", "end"]), '"l"') for _ in range(self.luck.randint(0, 2)))
        if self.luck.random() < 0.5:
            told = tuple(Listener(self.luck.choice(EVENTS), '"l"') for _ in range(self.luck.randint(0, 3)))
            work = HumanWork(assignee=self.luck.choice([None, '"li"']), listeners=told)
            self.nodes.append(Task(id=name, kind=TaskKind.USER, human=work, listeners=around))
        else:
            self.nodes.append(service(name, listeners=around))
        if self.luck.random() < 0.5:
            self.guard(name)
        return name, name, []


def listen(twin: Twin, luck: Random, case: int) -> None:
    """A listener answers, or a person does something."""
    live = twin.memory.case(case)
    jobs = [row for row in twin.memory.store.find(JobRow) if live and local_of(row.key) in live.listeners]
    tasks = twin.memory.store.find(TaskRow, {"state": "created"})
    if jobs and luck.random() < 0.7:
        row = luck.choice(jobs)
        twin.both("activate", row.job_type, "w", 1)
        element = live.elements[live.listeners[local_of(row.key)]] if live else None
        if element is None or element.task is None:
            twin.both("complete", row.key, {f"v{luck.randint(0, 3)}": True})
        else:
            denied = luck.random() < 0.3
            verdict = Verdict(denied=denied, reason="no") if denied else Verdict(priority=luck.randint(1, 99))
            twin.both("complete", row.key, None, verdict=verdict)
        if luck.random() < 0.3:
            assert twin.both("complete", row.key) in ("not-found", "invalid", None)
    elif tasks:
        key = luck.choice(tasks).key
        what = luck.choice(["assign", "update_task", "complete_task", "set_variables"])
        arguments = {"assign": ("wang",), "set_variables": ({"v0": True},)}.get(what, ())
        twin.both(what, key, *arguments, **({"priority": luck.randint(1, 99)} if what == "update_task" else {}))


def holds(twin: Twin, case: int) -> None:
    """What is true at every moment."""
    live = twin.memory.case(case)
    rows = {row.key for row in twin.memory.store.find(JobRow) if case_of(row.key) == case}
    if live is None:
        assert not rows and not twin.memory.store.find(TaskRow, {"state": "created"})
        return
    own = {case | e.id for e in live.elements.values() if e.job is not None}
    assert rows == own | {case | number for number in live.listeners}
    for number, owner in live.listeners.items():
        listening = live.elements[owner].listening
        assert listening is not None and listening.id == number and listening.job is not None
    for element in live.elements.values():
        if element.task is not None and element.task.changing:
            assert element.task.wanted is not None
            assert element.listening is not None and element.listening.event == element.task.changing
    assert not live.postponed or any(e.task and e.task.changing == "canceling" for e in live.elements.values())


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_listeners_keep_the_laws_of_the_journal(seed: int) -> None:
    live_through(seed)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_listeners_keep_them_in_many_more_histories(seed: int) -> None:
    live_through(seed)


def live_through(seed: int) -> None:
    """One random model with listeners and one history, checked after every command."""
    luck = Random(seed)
    with TemporaryDirectory() as folder:
        twin = Twin(random_model(luck, Listened), folder)
        case = twin.both("create", "p", {f"v{n}": luck.random() < 0.5 for n in range(4)} | {"items": [1, 2, 3]})
        for _ in range(luck.randint(8, 25)):
            live = twin.memory.case(case)
            if luck.random() < 0.6 or (live is not None and live.listeners):
                listen(twin, luck, case)
            else:
                act(twin, luck, case)
            twin.check(case)
            holds(twin, case)
        if twin.memory.case(case) is not None and luck.random() < 0.5:
            twin.both("cancel", case)
            twin.check(case)
            holds(twin, case)
        twin.close()

"""``kill -9`` under load: what was committed is there, nothing happened twice, and the work goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from zaizao.engine import CaseRow, Engine, JobRow, SqliteStore, SystemClock, VirtualClock, inside
from zaizao.engine.apply import replay
from zaizao.engine.records import JobCompleted, TimerArmed, WaitCanceled, WaitTriggered
from zaizao.engine.stores import TimerRow

VICTIM = Path(__file__).with_name("victim.py")


def killed_after(path: Path, seconds: float) -> list[str]:
    """Run the victim on ``path``, kill it, and return what it had said was committed."""
    command = [sys.executable, str(VICTIM), str(path)]
    roots = [str(VICTIM.parents[2] / "src"), str(VICTIM.parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as victim:
        assert victim.stdout is not None
        said = victim.stdout.readline()  # it has started to work
        time.sleep(seconds)
        os.kill(victim.pid, signal.SIGKILL)
        said += victim.stdout.read()
    return said.split("\n")[:-1]  # a line cut short was not said


def check(path: Path, said: list[str]) -> None:
    """What the file holds agrees with the journal, and with what was said."""
    store = SqliteStore(path)
    engine = Engine(store, SystemClock())
    engine.verify()
    completed = Counter(
        inside(record.case, record.event.id) for record in engine.journal() if isinstance(record.event, JobCompleted)
    )
    assert max(completed.values(), default=0) <= 1
    rows = {row.key: row for row in store.find(CaseRow)}
    for line in said:
        kind, key = line.split()
        assert int(key) in (rows if kind == "case" else completed)
    armed: set[int] = set()
    for record in engine.journal():
        event = record.event
        if isinstance(event, TimerArmed):
            armed.add(inside(record.case, event.id))
        elif isinstance(event, WaitCanceled | WaitTriggered):
            armed.discard(inside(record.case, event.id))
    assert {row.key for row in store.find(TimerRow)} == armed
    for key, row in list(rows.items())[-40:]:
        state = replay([record.event for record in engine.journal(key)], key)
        assert (engine.case(key) == state) if row.state == "active" else state.ended
    store.close()


def finish(path: Path) -> None:
    """A new engine brings every case to its end."""
    store = SqliteStore(path)
    clock = VirtualClock(time.time_ns() // 1000 + 120_000_000)
    engine = Engine(store, clock)
    while store.count(CaseRow, {"state": "active"}):
        with engine.batch():
            engine.tick()
            for job in (job for kind in ("aa", "bb", "cc", "late") for job in engine.activate(kind, "heir", 500)):
                engine.complete(job.key)
        clock.advance(30_000)
    assert store.count(JobRow) == store.count(TimerRow) == 0 and engine.incidents() == []
    store.close()


def kill_and_check(path: Path, times: int) -> None:
    luck = random.Random(times)
    for _ in range(times):
        check(path, killed_after(path, luck.uniform(0.05, 0.4)))
    finish(path)


def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    kill_and_check(tmp_path / "engine.db", 1)


@pytest.mark.slow
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    kill_and_check(tmp_path / "engine.db", 50)

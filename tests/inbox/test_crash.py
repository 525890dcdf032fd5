"""The power goes again and again while people work: no item lost, none doubled, no task completed twice."""

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

from inbox.process import Bank
from zaizao.inbox import Person, State, Wanted, page
from zaizao.server.inbox_feed import task_item

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from pathlib import Path
from inbox.desk import MONDAY, li, wang, zhao
from inbox.process import Bank
from zaizao.inbox import Complete, Confirm, WorkRefused
bank = Bank(Path(sys.argv[1]), sys.argv[2])
print("up", flush=True)
while True:
    bank.engine.create("loan", {"amount": 1})
    bank.feed.run(MONDAY)
    for person in (li, wang):
        found = bank.inbox.next(person, now=MONDAY)
        if found is not None:
            bank.feed.run(MONDAY)
            bank.inbox.do(found.id, Complete({"n": 1}, reason="ok"), person, now=MONDAY)
            if found.facts.four_eyes:
                bank.inbox.do(found.id, Confirm(), zhao, now=MONDAY)
            bank.feed.run(MONDAY)
"""


@pytest.mark.slow
def test_killed_twelve_times_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    chance = random.Random(4)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    for _ in range(12):
        command = [sys.executable, "-c", WORKER, str(tmp_path), url]
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None and worker.stdout.readline() == "up\n"
        time.sleep(chance.uniform(0.1, 0.8))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
    bank = Bank(tmp_path, url)
    bank.run()
    bank.engine.verify()
    records = list(bank.engine.journal())
    kinds = Counter((type(r.event).__name__, r.case, getattr(r.event, "id", 0)) for r in records)
    created = {task_item(case | id) for (kind, case, id) in kinds if kind == "TaskCreated"}
    completed = {task_item(case | id) for (kind, case, id), n in kinds.items() if kind == "TaskCompleted"}
    assert max(n for (kind, _, _), n in kinds.items() if kind.startswith("Task") and kind != "TaskAssigned") == 1
    everyone = Person("auditor", everything=True)
    items = {}
    for is_open in (True, False):
        cursor = None
        while True:
            part = page(bank.inbox, everyone, Wanted(open=is_open), cursor=cursor, limit=500)
            items.update({item.id: item for item in part.items})
            cursor = part.cursor
            if cursor is None:
                break
    assert set(items) == created and len(completed) > 20
    assert {id for id, item in items.items() if item.state is State.COMPLETED} == completed
    assert all(item.second == "zhao" for item in items.values() if item.facts.four_eyes and item.id in completed)
    assert bank.inbox.errands() == []
    bank.close()

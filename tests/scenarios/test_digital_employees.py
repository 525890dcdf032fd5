"""The digital employees: every result right, what machines cannot do goes to people, and a killed robot loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import sqlalchemy as sa

pytest.importorskip("openpyxl", reason="the extra 'robots' (openpyxl) is not installed")
pytest.importorskip("rapidocr", reason="the extra 'documents' (rapidocr) is not installed")
from zaizao.documents import cjk_face

if cjk_face() is None:
    pytest.skip("needs a Chinese face to draw receipts with, for example fonts-noto-cjk", allow_module_level=True)

from zaizao.robots import Happening, ItemState, NewItem, RobotStore, Worker
from zaizao.scenarios import (
    Contents,
    Faults,
    Pack,
    Result,
    Stand,
    check,
    open_pack,
    pack_folder,
    rehearse,
    result_document,
    served,
)

ROOT = Path(__file__).parents[2]
PACK = ROOT / "scenarios" / "digital-employees"


@pytest.fixture(scope="module")
def opened() -> tuple[Pack, Contents]:
    return open_pack(PACK)


def once_each(result: Result) -> None:
    """Every queued item was finished once, or refused for a person: none lost, none done twice."""
    assert not result.incidents
    for line in result.queues:
        assert line.attempts == line.items + line.failures


def test_the_pack_has_no_problem() -> None:
    assert check(PACK) == []


def test_the_small_rehearsal_reaches_every_goal(opened: tuple[Pack, Contents]) -> None:
    result = rehearse(*opened)
    assert all(line.met for line in result.goals)
    assert len(result.traces) == 3
    assert result.holds
    assert [end.right for end in result.ends] == [True] * 12
    once_each(result)
    assert sum(result.struck.values()) == sum(line.failures for line in result.queues) > 0
    longest = {name: max(taken) for name, taken in result.real.items()}
    assert longest["robot:monthly-report"] < 60  # what the scenario gives it on the virtual clock


def test_what_machines_cannot_do_is_repaired_by_people_and_still_right(opened: tuple[Pack, Contents]) -> None:
    pack, contents = opened
    assert contents.generate is not None
    facts = contents.generate.__globals__
    before = facts["BROKEN_REPORT"], facts["SPOILT_PAGE"]
    facts["BROKEN_REPORT"] = facts["SPOILT_PAGE"] = 1.0
    try:
        result = rehearse(replace(pack, faults={}), contents)
    finally:
        facts["BROKEN_REPORT"], facts["SPOILT_PAGE"] = before
    assert all(end.right for end in result.ends)
    of_kind = {kind: [e for e in result.ends if e.attributes["kind"] == kind] for kind in ("月报", "回单", "假单")}
    assert all(end.variables["repaired"] == end.variables["items"] for end in of_kind["月报"] + of_kind["回单"])
    assert of_kind["月报"]
    assert of_kind["回单"]
    refused = {line.queue: line.refused for line in result.queues}
    assert refused["monthly-report"] == len(of_kind["月报"])
    repair = next(line for line in result.goals if line.target.measure == "repair")
    assert repair.met is False


@pytest.fixture
def batch(opened: tuple[Pack, Contents], tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A batch of three receipts, split, and the finance system's address."""
    contents = opened[1]
    assert contents.generate is not None
    make = contents.generate.__globals__["receipts"]
    folder = tmp_path / "cases" / "00001"
    folder.mkdir(parents=True)
    facts = contents.generate.__globals__
    before, facts["SPOILT_PAGE"] = facts["SPOILT_PAGE"], 0.0
    make(folder, np.random.default_rng(5), {"pages": "3"}, 1)
    facts["SPOILT_PAGE"] = before
    with served(contents.sandbox, Stand(tmp_path / "cases", Faults({}, 1))) as addresses:
        yield addresses["finance"], folder


def test_a_killed_robot_loses_no_receipt_and_saves_none_twice(
    opened: tuple[Pack, Contents], batch: tuple[str, Path], tmp_path: Path
) -> None:
    finance, folder = batch
    url = f"sqlite:///{tmp_path / 'robots.db'}"
    store = RobotStore(sa.create_engine(url, connect_args={"timeout": 30}))
    payload = {"folder": str(folder), "batch": "B00001", "sandbox": {"finance": finance}}
    ahead = 0

    def now() -> int:
        return time.time_ns() // 1000 + ahead

    robots = opened[1].robots
    store.open_queue("receipt-split")
    store.add("receipt-split", [NewItem("1", payload)], now())
    Worker(store, robots["receipt-split"], name="r0", now=now, evidence=tmp_path).run(until_empty=True)
    store.open_queue("receipt")
    items = [NewItem(f"page {page}", {**payload, "page": page}) for page in (1, 2, 3)]
    assert store.add("receipt", items, now()) == 3
    code = (
        "import sys, time, sqlalchemy as sa; sys.path[:0] = [sys.argv[1]]\n"
        "from pathlib import Path; from zaizao.robots import RobotStore, Worker\n"
        "from zaizao.scenarios import read_contents\n"
        "robot = read_contents(Path(sys.argv[2]))[0].robots['receipt']\n"
        "store = RobotStore(sa.create_engine(sys.argv[3], connect_args={'timeout': 30}))\n"
        "now = lambda: time.time_ns() // 1000\n"
        "Worker(store, robot, name='victim', now=now, evidence=Path(sys.argv[4])).run()\n"
    )
    victim = subprocess.Popen([sys.executable, "-c", code, str(ROOT / "src"), str(PACK), url, str(tmp_path)])
    try:
        until = time.monotonic() + 120
        while not any(item.state is ItemState.DONE for item in store.items("receipt")):
            assert victim.poll() is None
            assert time.monotonic() < until, "the robot did nothing"
            time.sleep(0.02)
        while not any(item.state is ItemState.RUNNING for item in store.items("receipt")):
            assert victim.poll() is None
            time.sleep(0.005)
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    heir = Worker(store, robots["receipt"], name="heir", now=now, evidence=tmp_path)
    while any(item.state in (ItemState.WAITING, ItemState.RUNNING) for item in store.items("receipt")):
        ahead += 100_000_000  # leases end after a minute, back-offs before that
        heir.run(until_empty=True)
    assert [item.state for item in store.items("receipt")] == [ItemState.DONE] * 3
    runs = store.runs("receipt")
    assert [run.outcome for run in runs].count(Happening.LEASE_OVER) == 1
    assert [run.outcome for run in runs].count(Happening.FINISHED) == 3
    saved = httpx.get(f"{finance}/batches/B00001", trust_env=False).json()
    details = json.loads((folder / "details.json").read_text(encoding="utf-8"))
    assert sorted(one["serial"] for one in saved) == sorted(one["serial"] for one in details)


@pytest.mark.slow
def test_the_full_rehearsal_reaches_every_goal() -> None:
    opened = open_pack(pack_folder("digital-employees"))
    full = rehearse(*opened, cases=opened[0].cases)
    assert full.holds
    once_each(full)


@pytest.mark.slow
def test_the_same_seed_rehearses_the_same_but_for_the_real_times() -> None:
    opened = open_pack(pack_folder("digital-employees"))
    first, again = (rehearse(*opened, cases=12) for _ in range(2))
    documents = [{**result_document(one), "real": None} for one in (first, again)]
    assert documents[0] == documents[1]

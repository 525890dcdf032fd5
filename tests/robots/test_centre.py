"""The centre: references, leases, retries, exceptions, pausing, moving, credentials, hours, the log of runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from robots.bank_site import FIELDS, site
from robots.victims import add_up, file_account, slow
from zaizao.calendars import office
from zaizao.robots import (
    NEXT,
    Credentials,
    Freeze,
    Happening,
    Hours,
    ItemState,
    NewItem,
    RobotError,
    RobotStore,
    Schedule,
    Worker,
    chromium,
    load,
    to_log,
)

ROOT = Path(__file__).parents[2]
SECOND = 1_000_000
needs_browser = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")


def now() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{tmp_path / 'robots.db'}", connect_args={"timeout": 30})


@pytest.fixture
def store(engine: sa.Engine) -> RobotStore:
    made = RobotStore(engine)
    for queue in ("sums", "slow", "filing"):
        made.open_queue(queue)
    return made


def worker(store: RobotStore, tmp_path: Path, robot: object = add_up, name: str = "r1", **more: object) -> Worker:
    return Worker(store, robot, name=name, now=now, evidence=tmp_path / "evidence", **more)  # type: ignore[arg-type]


def test_a_reference_is_queued_once(store: RobotStore) -> None:
    items = [NewItem("a", {"numbers": [1]}), NewItem("b", {"numbers": [2]}), NewItem("a", {"numbers": [3]})]
    assert store.add("sums", items, 1) == 2
    assert store.add("sums", items, 2) == 0


def test_urgent_items_come_first_and_early_ones_wait(store: RobotStore) -> None:
    store.add(
        "sums", [NewItem("later", {}, not_before=100), NewItem("normal", {}), NewItem("urgent", {}, priority=90)], 1
    )
    taken = [store.take("sums", "r", 50, SECOND) for _ in range(3)]
    assert [one.reference if one else None for one in taken] == ["urgent", "normal", None]
    late = store.take("sums", "r", 100, SECOND)
    assert late is not None
    assert late.reference == "later"


def test_business_exceptions_are_not_retried_and_system_ones_are(store: RobotStore, tmp_path: Path) -> None:
    kinds = [
        NewItem("good", {"numbers": [1, 2]}),
        NewItem("wrong", {"kind": "wrong"}),
        NewItem("broken", {"kind": "broken"}, attempts=1),
    ]
    store.add("sums", [*kinds, NewItem("again", {"kind": "broken"})], now())
    tally = worker(store, tmp_path).run(until_empty=True)
    assert (tally.done, tally.refused, tally.failed) == (1, 1, 2)
    found = {item.reference: item for item in store.items("sums")}
    assert found["good"].result == {"sum": 3}
    assert (found["wrong"].state, found["wrong"].error) == (ItemState.REFUSED, "no-amount: the row has no amount")
    assert found["broken"].state is ItemState.FAILED
    assert (found["again"].state, found["again"].attempt) == (ItemState.WAITING, 1)
    assert found["again"].not_before - found["again"].changed == 10 * SECOND
    failure = next(run for run in store.runs("sums") if run.reference == "broken")
    assert "SystemException" in (Path(failure.evidence) / "traceback.txt").read_text()


def test_of_many_robots_exactly_one_gets_an_item(store: RobotStore, tmp_path: Path) -> None:
    store.add("sums", [NewItem(f"n{n}", {"numbers": [n]}) for n in range(60)], now())
    workers = [worker(store, tmp_path, name=f"r{n}") for n in range(4)]
    threads = [threading.Thread(target=one.run, kwargs={"until_empty": True}) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(run.outcome for run in store.runs("sums")) == {Happening.FINISHED: 60}
    assert len({run.reference for run in store.runs("sums")}) == 60


def test_a_robot_that_lost_its_lease_cannot_finish_what_another_took_over(store: RobotStore) -> None:
    store.add("sums", [NewItem("a", {})], 0)
    first = store.take("sums", "r1", 0, SECOND)
    assert first is not None
    assert [item.state for item in store.give_up_lost(2 * SECOND)] == [ItemState.WAITING]
    second = store.take("sums", "r2", 3 * SECOND, SECOND)
    assert second is not None
    assert not store.renew(first, 3 * SECOND, SECOND)
    with pytest.raises(RobotError, match="lease"):
        store.conclude(first, Happening.FINISHED, 3 * SECOND)
    assert store.conclude(second, Happening.FINISHED, 3 * SECOND).state is ItemState.DONE


def test_a_heartbeat_keeps_a_long_item(store: RobotStore, tmp_path: Path) -> None:
    store.add("slow", [NewItem("long", {"log": str(tmp_path / "log"), "seconds": 1.6})], now())
    long = worker(store, tmp_path, slow)
    thread = threading.Thread(target=long.run, kwargs={"until_empty": True})
    thread.start()
    time.sleep(1.0)
    assert store.give_up_lost(now()) == []
    thread.join()
    assert store.items("slow")[0].state is ItemState.DONE


def test_a_killed_robots_item_returns_and_is_done_once_by_another(store: RobotStore, tmp_path: Path) -> None:
    log = tmp_path / "log"
    store.add("slow", [NewItem("a", {"log": str(log), "seconds": 30})], now())
    code = (
        "import sys, time, sqlalchemy as sa; sys.path[:0] = sys.argv[1:3]\n"
        "from pathlib import Path; from robots.victims import slow; from zaizao.robots import *\n"
        "store = RobotStore(sa.create_engine(sys.argv[3]))\n"
        "Worker(store, slow, name='victim', now=lambda: time.time_ns() // 1000, evidence=Path(sys.argv[4])).run()\n"
    )
    url = f"sqlite:///{tmp_path / 'robots.db'}"
    arguments = [str(ROOT / "src"), str(ROOT / "tests"), url, str(tmp_path)]
    victim = subprocess.Popen([sys.executable, "-c", code, *arguments])
    while not log.exists():
        time.sleep(0.05)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    while not store.give_up_lost(now()):
        time.sleep(0.1)
    item = store.take("slow", "r2", now(), SECOND)
    while item is None:  # its back-off
        item = store.take("slow", "r2", now() + 20 * SECOND, SECOND)
    assert (item.attempt, store.conclude(item, Happening.FINISHED, now()).state) == (2, ItemState.DONE)
    assert [run.outcome for run in store.runs("slow")] == [Happening.LEASE_OVER, Happening.FINISHED]


def test_a_paused_queue_gives_nothing_and_a_drained_one_takes_nothing(store: RobotStore) -> None:
    store.add("sums", [NewItem("a", {}, due=5)], 1)
    store.steer("sums", paused=True)
    assert store.take("sums", "r", 10, SECOND) is None
    store.steer("sums", paused=False, draining=True)
    with pytest.raises(RobotError, match="drained"):
        store.add("sums", [NewItem("b", {})], 1)
    assert store.take("sums", "r", 10, SECOND) is not None
    state = next(queue for queue in store.queues(10) if queue.name == "sums")
    assert (state.draining, state.counts) == (True, {ItemState.RUNNING: 1})


def test_people_retry_cancel_and_move_items(store: RobotStore) -> None:
    store.add("sums", [NewItem("a", {}, attempts=1), NewItem("b", {})], 0)
    a = store.take("sums", "r", 0, SECOND)
    assert a is not None
    failed = store.conclude(a, Happening.SYSTEM_EXCEPTION, 1, error="x")
    assert failed.state is ItemState.FAILED
    assert store.change(failed.id, Happening.RETRIED, 2).attempt == 0
    moved = store.change(store.items("sums")[1].id, Happening.MOVED, 3, queue="slow")
    assert [item.reference for item in store.items("slow")] == [moved.reference]
    assert store.change(moved.id, Happening.CANCELED, 4).state is ItemState.CANCELED
    with pytest.raises(RobotError, match="not possible"):
        store.change(moved.id, Happening.RETRIED, 5)


@pytest.mark.parametrize(("state", "happening"), list(product(ItemState, Happening)))
def test_only_the_tables_transitions_happen(state: ItemState, happening: Happening) -> None:
    from zaizao.robots.store import after

    if (state, happening) in NEXT:
        assert after(state, happening, "x") is NEXT[state, happening]
    else:
        with pytest.raises(RobotError):
            after(state, happening, "x")


@needs_browser
def test_a_robot_files_a_form_in_a_real_browser_and_survives_a_broken_site(store: RobotStore, tmp_path: Path) -> None:
    with site(faults=1) as served:
        form = {name: f"值-{name}" for name in FIELDS}
        items = [NewItem(f"c{n}", {"url": served.url, "form": {**form, "code": f"C{n}"}}) for n in range(3)]
        store.add("filing", items, now())
        one = worker(store, tmp_path, file_account)
        import zaizao.robots.browser as browser

        browser.PATIENCE, patience = 500, browser.PATIENCE
        try:
            tally = one.run(until_empty=True)
        finally:
            browser.PATIENCE = patience
        assert (tally.done, tally.failed) == (2, 1)
        failure = next(run for run in store.runs("filing") if run.outcome is Happening.SYSTEM_EXCEPTION)
        assert {"failure.png", "trace.zip", "traceback.txt"} <= {p.name for p in Path(failure.evidence).iterdir()}
        assert (len(served.filed), served.doubles) == (2, 0)
        assert served.filed["C1"]["address"] == "值-address"


def test_a_secret_is_given_to_its_robot_only_and_stands_nowhere_in_the_file(engine: sa.Engine, tmp_path: Path) -> None:
    kept = Credentials(engine, Fernet.generate_key())
    kept.keep("site", "file_account", "very-secret-password", 1)
    assert kept.give("site", "file_account", 2) == "very-secret-password"
    with pytest.raises(RobotError, match="no credential"):
        kept.give("site", "add_up", 3)
    assert kept.uses("site") == [("file_account", 2)]
    assert b"very-secret" not in (tmp_path / "robots.db").read_bytes()
    with pytest.raises(RobotError, match="does not open"):
        Credentials(engine, Fernet.generate_key()).give("site", "file_account", 4)


def test_nothing_starts_in_a_freeze_or_outside_the_hours() -> None:
    day = 86_400 * SECOND
    monday = 1_767_571_200 * SECOND - 8 * 3_600 * SECOND + 0  # 2026-01-05 00:00 in Shanghai
    hours = Hours(office(), (Freeze(monday + 10 * 3_600 * SECOND, monday + 11 * 3_600 * SECOND, "release"),))
    assert not hours.allowed(monday + 10 * 3_600 * SECOND)
    assert hours.next_allowed(monday) == monday + 9 * 3_600 * SECOND
    hourly = Schedule(monday, 3_600 * SECOND, hours)
    starts = [(at - monday) / 3.6e9 for at in hourly.starts(monday, monday + day)]
    assert starts == [9, 11, 13, 14, 15, 16, 17, 33] or starts[:7] == [9, 11, 13, 14, 15, 16, 17]


def test_runs_are_a_log_that_can_be_mined(store: RobotStore, tmp_path: Path) -> None:
    store.add("sums", [NewItem(f"n{n}", {"numbers": [n]}) for n in range(5)], now())
    worker(store, tmp_path).run(until_empty=True)
    log = to_log(store.runs())
    assert (len(log.case_names), len(log.case)) == (5, 5)
    assert log.event_table["automatic"].all()


def test_robots_are_loaded_from_a_file_or_refused_with_words(tmp_path: Path) -> None:
    assert set(load(str(ROOT / "tests" / "robots" / "victims.py"))) == {"file_account", "add_up", "slow"}
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1")
    for place in (str(empty), str(tmp_path / "none.py"), "no.such.module"):
        with pytest.raises(RobotError):
            load(place)

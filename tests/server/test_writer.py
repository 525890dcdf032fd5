"""The writer behind the door: many requests in one transaction, each answered for itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engine.cluster import cluster
from engine.driving import SECOND
from engine.sketch import after, catch, model
from zaizao.engine import (
    CaseRow,
    CommandRejected,
    Engine,
    JobRow,
    MemoryStore,
    PostgresStore,
    SqliteStore,
    Store,
    StoreUnavailable,
    SystemClock,
)
from zaizao.server.door.writer import Writer, end_of, job_of

DEFINITIONS = model(
    "s -> aa -> e", others=(model("s -> t -> bb -> e", catch("t", after("PT0.1S")), name="q").processes)
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    stores: dict[str, Callable[[], Store]] = {
        "memory": MemoryStore,
        "sqlite": lambda: SqliteStore(tmp_path / "engine.db"),
        "postgres": lambda: PostgresStore(cluster().database()),
    }
    made = Engine(stores[request.param](), SystemClock())
    made.deploy(DEFINITIONS)
    return made


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    made = Writer(engine)
    made.start()
    yield made
    made.stop()
    engine.store.close()


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as fault:
        return type(fault)


def test_many_requests_share_transactions_and_each_gets_its_own_answer(writer: Writer, engine: Engine) -> None:
    commits = 0
    commit = engine.store.commit

    def slow_commit() -> None:
        nonlocal commits
        commits += 1
        time.sleep(0.02)
        commit()

    engine.store.commit = slow_commit  # type: ignore[method-assign]

    def breaks_half_way(e: Engine) -> None:
        e.create("p", {"half": True})
        raise ZeroDivisionError

    def breaks_at_once(_: Engine) -> None:
        raise KeyError

    works: list[Callable[[Engine], Any]] = []
    for number in range(60):
        works.append(lambda e, n=number: e.create("p", {"n": n}))  # type: ignore[misc]
        works.append(lambda e: e.complete(12345))
        if number % 20 == 0:
            works += [breaks_half_way, breaks_at_once]
    with ThreadPoolExecutor(len(works)) as threads:
        answers = list(threads.map(lambda work: outcome(lambda: writer.do(work)), works))
    created = [answer for answer in answers if isinstance(answer, int)]
    assert len(set(created)) == len(created) == 60
    assert answers.count(CommandRejected) == 60
    assert answers.count(ZeroDivisionError) == answers.count(KeyError) == 3
    rows = writer.ask(lambda e: [e.variables(row.key) for row in e.store.find(CaseRow)])
    assert sorted(row["n"] for row in rows) == list(range(60))  # each once, and none of the broken ones
    assert engine.verify() and commits < len(works) / 3


def test_a_waiting_worker_is_woken_by_a_job_of_its_type_and_not_by_others(writer: Writer) -> None:
    looked = 0

    def take(e: Engine) -> Any:
        nonlocal looked
        looked += 1
        return e.activate("bb", "w")

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: writer.until(take, 20, job_of("bb")))
        time.sleep(0.1)
        for _ in range(20):
            writer.do(lambda e: e.create("p"))
        assert looked == 1
        begun = time.monotonic()
        writer.do(lambda e: e.create("q"))
        (job,) = waiting.result()  # its timer of 0.1 s has fired by itself
        assert 0.09 < time.monotonic() - begun < 2
        ended = threads.submit(lambda: writer.until(lambda e: e.case(job.case) is None, 20, end_of(job.case)))
        time.sleep(0.05)
        writer.do(lambda e: e.complete(job.key))
        assert ended.result()


def test_a_poll_that_ends_has_taken_nothing(writer: Writer) -> None:
    assert writer.until(lambda e: e.activate("aa", "w"), 0.05, job_of("aa")) == []
    with ThreadPoolExecutor(8) as threads:
        polls = [
            threads.submit(lambda: writer.until(lambda e: e.activate("aa", "w", 1, 60 * SECOND), 0.03, job_of("aa")))
            for _ in range(40)
        ]
        for _ in range(20):
            writer.do(lambda e: e.create("p"))
        taken = [job.key for poll in polls for job in poll.result()]
    held = writer.ask(lambda e: [row.key for row in e.store.find(JobRow, {"state": "activated"})])
    assert sorted(taken) == sorted(held)


def test_questions_are_answered_while_a_transaction_is_under_way(tmp_path: Path) -> None:
    engine = Engine(SqliteStore(tmp_path / "engine.db"), SystemClock())
    engine.deploy(DEFINITIONS)
    writer = Writer(engine)
    writer.start()
    goes_on = threading.Event()
    first = writer.do(lambda e: e.create("p"))

    def long(e: Engine) -> int:
        key = e.create("p")
        goes_on.wait(10)
        return key

    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(lambda: writer.do(long))
        time.sleep(0.05)
        assert writer.ask(lambda e: [row.key for row in e.store.find(CaseRow)]) == [first]
        goes_on.set()
        key = second.result()
    assert writer.ask(lambda e: e.row(key)) is not None
    writer.stop()
    with pytest.raises(StoreUnavailable):
        writer.do(lambda e: e.create("p"))

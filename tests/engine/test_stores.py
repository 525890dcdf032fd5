"""One suite over every store: the same answers, durable where promised, found out where tampered with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.cluster import cluster
from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, catch, model
from zaizao.bpmn import CalledDecision, Message, MessageDefinition, Task, TaskKind
from zaizao.engine import (
    CaseRow,
    Engine,
    EngineError,
    JobRow,
    JournalBroken,
    MemoryStore,
    PostgresStore,
    SqliteStore,
    Store,
    StoreUnavailable,
    VirtualClock,
)
from zaizao.engine.errors import problem
from zaizao.engine.state import encode
from zaizao.engine.stores.rows import ROWS
from zaizao.engine.stores.sql import SqlStore

DEFINITIONS = model(
    "s -> aa -> c -> bb -> e\nb -> late -> e2",
    catch("c", MessageDefinition("m")),
    boundary("b", "aa", after("PT1H"), interrupting=False),
    messages=(Message(id="m", name="m", correlation_key="n"),),
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "sqlite":
        made = SqliteStore(tmp_path / "engine.db")
    else:
        made = PostgresStore(cluster().database())
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SqlStore]:
    """Opens the same database again and again."""
    if request.param == "sqlite":
        return lambda: SqliteStore(tmp_path / "engine.db")
    url = cluster().database()
    return lambda: PostgresStore(url)


def test_a_batch_that_fails_leaves_no_trace(store: Store) -> None:
    bench = Bench(DEFINITIONS, store)
    case = bench.engine.create("p", {"n": 1})
    before = list(bench.engine.journal())
    with pytest.raises(ZeroDivisionError), bench.engine.batch():
        bench.do("aa", n=2)
        bench.engine.create("p", {"n": 3})
        raise ZeroDivisionError
    assert list(bench.engine.journal()) == before and bench.jobs() == ["aa"]
    assert bench.engine.variables(case) == {"n": 1} and bench.engine.row(case) is not None
    bench.do("aa")
    again = bench.engine.create("p", {"n": 4})
    bench.engine.publish("m", "1")
    assert bench.jobs() == ["bb", "aa"] or bench.jobs() == ["aa", "bb"]
    assert again > case


def test_rows_are_found_by_what_they_say(store: Store) -> None:
    bench = Bench(DEFINITIONS, store)
    cases = [bench.engine.create("p", {"n": n}) for n in range(5)]
    bench.engine.cancel(cases[2])
    active = store.find(CaseRow, {"state": "active"})
    assert [row.key for row in active] == [*cases[:2], *cases[3:]]
    assert [row.key for row in store.find(CaseRow, {"state": "active"}, after=cases[0], limit=2)] == [
        cases[1],
        cases[3],
    ]
    assert store.count(JobRow, {"job_type": "aa"}) == 4 and store.count(CaseRow) == 5
    with pytest.raises(KeyError):
        store.find(CaseRow, {"1 = 1; --": 1})


def test_what_is_due_first_is_known(store: Store) -> None:
    bench = Bench(DEFINITIONS, store)
    start = bench.clock.now()
    bench.engine.create("p", {"n": 1})
    assert bench.engine.next_due() == start + 3600 * SECOND
    bench.engine.activate("aa", timeout_us=5 * SECOND)
    assert bench.engine.next_due() == start + 5 * SECOND


def test_everything_waits_in_the_store_while_the_engine_is_down(durable: Callable[[], SqlStore]) -> None:
    bench = Bench(DEFINITIONS, durable())
    case = bench.engine.create("p", {"n": 1})
    bench.engine.publish("m", "1", {"paid": True}, life_us=7200 * SECOND)
    bench.store.close()
    clock = VirtualClock(bench.clock.now() + 3600 * SECOND)
    engine = Engine(durable(), clock)
    assert engine.tick() == 1
    (job,) = engine.activate("aa")
    engine.complete(job.key)
    assert engine.variables(case) == {"n": 1, "paid": True}
    assert [row.job_type for row in engine.store.find(JobRow)] == ["late", "bb"]
    assert engine.verify() > 0


ONE = "WHERE position = (SELECT position FROM journal ORDER BY position LIMIT 1 OFFSET 1)"
LAST = "WHERE position = (SELECT max(position) FROM journal)"


@pytest.mark.parametrize(
    "harm",
    [
        f"UPDATE journal SET body = (SELECT body FROM journal ORDER BY position LIMIT 1) {ONE}",
        f"UPDATE journal SET at = at + 1 {ONE}",
        f'UPDATE journal SET "case" = "case" + 1 {LAST}',
        f"DELETE FROM journal {ONE}",
        f"DELETE FROM journal {LAST}",
    ],
)
def test_a_changed_or_missing_record_is_found(durable: Callable[[], SqlStore], harm: str) -> None:
    store = durable()
    bench = Bench(DEFINITIONS, store)
    bench.engine.create("p", {"n": 1})
    bench.do("aa")
    assert store.verify() == sum(len(entry.events) for entry in store.journal())
    assert isinstance(store, SqliteStore | PostgresStore) and store._db is not None
    assert store._db.execute(harm).rowcount == 1
    with pytest.raises(JournalBroken):
        store.verify()
    store.close()


def test_a_full_disk_is_said_clearly_and_the_engine_goes_on_when_there_is_room(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "engine.db")
    bench = Bench(DEFINITIONS, store)
    case = bench.engine.create("p", {"n": 1})
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()  # the file may not grow from here on: a full disk
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(EngineError, match="disk is full"):
        bench.engine.create("p", {"n": 2, "big": "x" * 200_000})
    store._db.execute("PRAGMA max_page_count = 1000000")
    bench.do("aa")
    assert bench.engine.variables(case) == {"n": 1} and store.count(CaseRow) == 1
    assert store.verify() > 0


def test_rows_of_another_version_are_made_again_from_the_journal(durable: Callable[[], SqlStore]) -> None:
    bench = Bench(DEFINITIONS, durable())
    case = bench.engine.create("p", {"n": 1})
    rows = [bench.store.find(table) for table in ROWS]
    older = ("ALTER TABLE cases DROP COLUMN incidents", "DROP TABLE timers", "DELETE FROM waiting")
    for harm in (*older, "UPDATE layout SET number = 1"):
        bench.store._db.execute(harm)  # type: ignore[attr-defined]
    bench.store.close()
    engine = Engine(durable(), bench.clock)
    assert [engine.store.find(table) for table in ROWS] == rows
    assert engine.variables(case) == {"n": 1} and engine.verify() > 0
    engine.store.close()


def test_a_deployment_beside_a_running_engine_is_seen_by_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    bench = Bench(DEFINITIONS, SqliteStore(path))
    other = Engine(SqliteStore(path), bench.clock)
    other.deploy(model("s -> xx -> e", name="q"))
    assert bench.engine.create("q") and bench.engine.verify() > 0
    with pytest.raises(StoreUnavailable, match="in between"), other.batch():
        bench.engine.create("q")
        other.create("q")
    assert other.create("q") and other.verify() == bench.engine.verify()


def test_a_text_that_the_database_cannot_keep_is_refused_and_harms_nothing() -> None:
    bench = Bench(DEFINITIONS, PostgresStore(cluster().database()))
    kept = bench.engine.create("p", {"n": 1, "nul": "\0"}, business_id="中文")
    with pytest.raises(EngineError, match="NUL"):
        bench.engine.create("p", {"n": 2}, business_id="\0")
    assert bench.engine.create("p", {"n": 3}) and bench.engine.verify() > 0
    assert bench.engine.variables(kept)["nul"] == "\0" and bench.store.count(CaseRow) == 2


def test_a_second_writer_without_a_lease_is_found_out() -> None:
    url = cluster().database()
    bench = Bench(DEFINITIONS, PostgresStore(url))
    other = Engine(PostgresStore(url), bench.clock)
    other.create("p", {"n": 1})
    with pytest.raises(StoreUnavailable):
        bench.engine.create("p", {"n": 1})
    assert bench.engine.create("p", {"n": 1}) and bench.engine.verify() > 0


def test_a_rollback_that_fails_is_made_good_before_the_next_batch(
    durable: Callable[[], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(DEFINITIONS, durable())
    bench.engine.create("p", {"n": 1})

    def gone() -> None:
        raise StoreUnavailable(problem("here", "不可用", "not there", "database"))

    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "_count", gone)
        with pytest.raises((StoreUnavailable, ZeroDivisionError)), bench.engine.batch():
            bench.engine.create("p", {"n": 2})
            raise ZeroDivisionError
    bench.engine.create("p", {"n": 3})
    assert bench.engine.verify() > 0 and bench.store.count(CaseRow) == 2
    bench.store.close()


def test_a_file_that_is_no_database_is_said_clearly(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(EngineError, match="not a database"):
        SqliteStore(path)


def test_a_step_that_breaks_half_way_leaves_the_case_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Task(id="rr", kind=TaskKind.BUSINESS_RULE, decision=CalledDecision('"d"', "r"))
    bench = Bench(model("s -> aa -> rr -> bb -> e", rule), store)
    case = bench.engine.create("p")
    before = bench.engine.case(case)
    assert before is not None
    kept = encode(before)
    (job,) = bench.engine.activate("aa")

    def broken(*_: object) -> None:
        raise MemoryError("in the middle of a step")

    with monkeypatch.context() as patch:
        patch.setattr(bench.engine.runtime.library.decisions, "decide", broken)
        with pytest.raises(MemoryError):
            bench.engine.complete(job.key, {"x": 1})
    after = bench.engine.case(case)
    assert after is not None and encode(after) == kept
    bench.engine.complete(job.key)
    assert bench.problems() == ["decision"]


def test_threads_may_work_and_read_at_the_same_time(store: Store) -> None:
    bench = Bench(model("s -> aa -> bb -> e"), store)
    troubles: list[BaseException] = []

    def work(job_type: str) -> None:
        try:
            done = 0
            while done < 40:
                with bench.engine.batch():
                    for job in bench.engine.activate(job_type, job_type, 5):
                        bench.engine.complete(job.key)
                        done += 1
                bench.engine.tasks()
                bench.engine.next_due()
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=work, args=(job_type,)) for job_type in ("aa", "bb")]
    for thread in threads:
        thread.start()
    for _ in range(40):
        bench.engine.create("p")
    for thread in threads:
        thread.join(60)
    assert troubles == [] and store.count(CaseRow, {"state": "completed"}) == 40

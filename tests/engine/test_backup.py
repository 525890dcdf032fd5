"""Back-ups: taken while the engine runs, whole or not there, read back into either database."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cluster import cluster
from engine.driving import Bench
from engine.sketch import after, boundary, model
from zaizao.engine import Engine, EngineError, JournalBroken, PostgresStore, SqliteStore, restore
from zaizao.engine.stores.rows import ROWS
from zaizao.engine.stores.sql import SqlStore

DEFINITIONS = model("s -> aa -> bb -> e\nb -> late -> e2", boundary("b", "aa", after("PT1H"), interrupting=False))
Make = Callable[[], SqlStore]


@pytest.fixture(params=["sqlite", "postgres"])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> SqlStore:
    return SqliteStore(tmp_path / "first.db") if request.param == "sqlite" else PostgresStore(cluster().database())


@pytest.fixture(params=["sqlite", "postgres"])
def second(request: pytest.FixtureRequest, tmp_path: Path) -> SqlStore:
    return SqliteStore(tmp_path / "second.db") if request.param == "sqlite" else PostgresStore(cluster().database())


def test_a_backup_under_load_is_one_moment_and_goes_on_in_either_database(
    first: SqlStore, second: SqlStore, tmp_path: Path
) -> None:
    bench = Bench(DEFINITIONS, first)
    kept = [bench.engine.create("p", {"中": n}) for n in range(20)]
    bench.do("aa")
    enough = threading.Event()

    def load() -> None:
        while not enough.is_set():
            with bench.engine.batch():
                bench.engine.create("p")
                bench.do("aa")

    busy = threading.Thread(target=load)
    busy.start()
    try:
        records = first.backup(tmp_path / "backup.db")
    finally:
        enough.set()
        busy.join()
    assert restore(tmp_path / "backup.db", second) == records < first.verify()
    again = Engine(second, bench.clock)
    assert list(again.journal()) == [record for record in bench.engine.journal() if record.position < records]
    assert [again.variables(case)["中"] for case in kept] == list(range(20))
    assert again.create("p") > max(kept)
    (job,) = again.activate("bb")
    again.complete(job.key)
    assert again.verify() > records
    assert not list(tmp_path.glob("*.partial*"))
    with pytest.raises(EngineError, match="not empty"):
        restore(tmp_path / "backup.db", second)
    with pytest.raises(EngineError, match="already"):
        first.backup(tmp_path / "backup.db")


def test_a_backup_of_another_version_is_made_new_and_a_harmed_one_refused(tmp_path: Path) -> None:
    bench = Bench(DEFINITIONS, SqliteStore(tmp_path / "first.db"))
    bench.engine.create("p")
    store, path = bench.store, tmp_path / "backup.db"
    assert isinstance(store, SqliteStore)
    store.backup(path)
    with sqlite3.connect(path) as old:
        old.executescript("ALTER TABLE cases DROP COLUMN incidents; DELETE FROM waiting; UPDATE layout SET number = 1")
    target = SqliteStore(tmp_path / "second.db")
    restore(path, target)
    assert [target.find(table) for table in ROWS] == [store.find(table) for table in ROWS]
    with sqlite3.connect(path) as harmed:
        harmed.execute("UPDATE journal SET at = at + 1 WHERE position = 0")
    with pytest.raises(JournalBroken):
        restore(path, SqliteStore(tmp_path / "third.db"))

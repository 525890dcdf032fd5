"""The database fails under load: clients are told so, nothing is lost, and the server recovers by itself."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from crash.checking import check, finish
from crash.serving import Load, Server
from engine.cluster import Cluster, able
from zaizao.engine import PostgresStore, SqliteStore

PROBLEM = (503, "application/problem+json")


def test_a_full_disk_is_told_to_clients_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    assert resource.RLIMIT_FSIZE is not None
    full = Server(path, largest_file=600)
    full.start().deploy()
    with Load(full, payload="x" * 5_000) as load:
        begun = time.monotonic()
        while len(load.refusals) < 20:
            time.sleep(0.05)
            assert time.monotonic() - begun < 30, "the disk does not fill"
    assert set(load.refusals) == {PROBLEM}
    full.stop()
    roomy = Server(path).start()  # there is room again
    with Load(roomy) as more:
        time.sleep(1.0)
    roomy.stop()
    assert more.refusals == [] and len(more.cases) > 5
    store = SqliteStore(path)
    check(store, [*load.cases, *more.cases], [*load.done, *more.done])
    assert finish(store) >= len(load.cases) + len(more.cases)
    store.close()


def database_gone(times: int) -> None:
    """PostgreSQL stops as in a crash and starts again while clients go on."""
    reason = able()
    if reason:
        pytest.skip(reason)
    postgres = Cluster("shared_buffers=32MB")
    url = postgres.database()
    server = Server(url, "--partitions", "2")
    try:
        server.start().deploy()
        with Load(server) as load:
            for _ in range(times):
                time.sleep(1.0)
                refused, done = len(load.refusals), len(load.done)
                postgres.stop()
                time.sleep(1.0)
                postgres.start()
                begun = time.monotonic()
                while len(load.done) < done + 20:
                    time.sleep(0.05)
                    assert time.monotonic() - begun < 15, "the server does not recover"
                assert len(load.refusals) > refused
        assert set(load.refusals) == {PROBLEM}
        server.stop()
        total = 0
        for partition in (1, 2):
            store = PostgresStore(url, partition=partition)
            here = [key for key in load.cases if key >> 56 == partition]
            check(store, here, [key for key in load.done if key >> 56 == partition])
            total += finish(store, partition)
            store.close()
        assert total >= len(load.cases) > 10
    finally:
        server.stop()
        postgres.remove()


def test_a_database_that_goes_and_comes_back_loses_nothing() -> None:
    database_gone(1)


@pytest.mark.slow
def test_a_database_that_goes_and_comes_back_ten_times_loses_nothing() -> None:
    database_gone(10)

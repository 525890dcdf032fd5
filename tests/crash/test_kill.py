"""``kill -9`` of the server under load: what was said is there, nothing happened twice, and the work goes on."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import psycopg
import pytest

from crash.checking import check, finish
from crash.serving import Load, Server
from engine.cluster import cluster
from zaizao.engine import PostgresStore, SqliteStore, partition_of


def kill_and_check(path: Path, times: int) -> None:
    """Kill the server at a random moment, again and again, checking the file each time."""
    luck = random.Random(times)
    server = Server(path)
    cases: list[int] = []
    done: list[int] = []
    for number in range(times):
        server.start()
        if not number:
            server.deploy()
        with Load(server) as load:
            time.sleep(luck.uniform(0.2, 1.0))
            server.kill()
        cases += load.cases
        done += load.done
        store = SqliteStore(path)
        check(store, cases, done)
        store.close()
    assert len(cases) > 10 * times and len(done) > 10 * times
    store = SqliteStore(path)
    assert finish(store) >= len(cases)
    store.close()


def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    kill_and_check(tmp_path / "engine.db", 1)


@pytest.mark.slow
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    kill_and_check(tmp_path / "engine.db", 50)


def kill_nodes(times: int, blow: signal.Signals) -> None:
    """Two nodes on one PostgreSQL; one of them dies (or stalls) at a random moment, again and again."""
    url = cluster().database()
    luck = random.Random(times)
    nodes = [Server(url, "--partitions", "4", "--node-name", name) for name in ("first", "second")]
    try:
        nodes[0].start().deploy()
        nodes[1].start()
        cases: list[int] = []
        done: list[int] = []
        for _ in range(times):
            with Load(*nodes, creators=4, workers=4) as load:
                time.sleep(luck.uniform(1.0, 2.0))
                victim, other = luck.sample(nodes, 2)
                victim.signal(blow)
                before, begun = len(load.done), time.monotonic()
                while len(load.cases) == 0 or led_by(url, other) < 4:
                    time.sleep(0.05)
                    assert time.monotonic() - begun < 15, "the partitions did not move"
                while len(load.done) < before + 5:
                    time.sleep(0.05)
                    assert time.monotonic() - begun < 40, "the other node does not go on"
                if blow is signal.SIGKILL:
                    victim.kill()
                    victim.start()
                else:
                    victim.signal(signal.SIGCONT)  # it wakes up and knows nothing
                time.sleep(0.5)
            cases += load.cases
            done += load.done
    finally:
        for node in nodes:
            node.stop()
    total = 0
    for partition in range(1, 5):
        store = PostgresStore(url, partition=partition)
        here = [key for key in cases if partition_of(key) == partition]
        check(store, here, [key for key in done if partition_of(key) == partition])
        total += finish(store, partition)
        store.close()
    assert total >= len(cases) > 10 * times


def led_by(url: str, node: Server) -> int:
    with psycopg.connect(url) as db:
        sql = "SELECT count(*) FROM zaizao.leases WHERE address = %s AND expires > clock_timestamp()"
        found = db.execute(sql, (node.url,)).fetchone()
    return int(found[0]) if found else 0


def test_a_killed_nodes_partitions_go_on_with_the_other() -> None:
    kill_nodes(1, signal.SIGKILL)


@pytest.mark.slow
def test_twenty_killed_nodes_lose_nothing_and_double_nothing() -> None:
    kill_nodes(20, signal.SIGKILL)


@pytest.mark.slow
def test_nodes_that_stall_and_wake_up_change_nothing_that_has_gone_to_others() -> None:
    kill_nodes(8, signal.SIGSTOP)

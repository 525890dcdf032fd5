"""Leases: one leader a partition, fair shares, and a holder that lost its lease can never commit."""

from __future__ import annotations

import time

import pytest

from engine.cluster import cluster
from engine.driving import T0
from engine.sketch import model
from zaizao.engine import CaseRow, Engine, EngineError, LeaseLost, PostgresStore, VirtualClock
from zaizao.engine.leases import Leases

DEFINITIONS = model("s -> aa -> e")


def test_nodes_share_the_partitions_and_take_over_those_of_one_that_is_silent() -> None:
    url = cluster().database()
    first, second = (Leases(url, name, f"http://{name}", life=0.4) for name in ("first", "second"))
    assert first.prepare(5) == second.prepare(None) == 5
    with pytest.raises(EngineError, match="has 5 partitions"):
        second.prepare(4)
    assert set(first.beat(5).taken) == {1, 2, 3, 4, 5}
    assert second.beat(5).taken == {}
    change = first.beat(5)
    assert change.surplus == (4, 5) and not change.lost
    first.give(change.surplus)
    assert second.beat(5).taken == {4: 2, 5: 2}
    assert {p: lease.address for p, lease in second.leaders().items()} == {
        **dict.fromkeys((1, 2, 3), "http://first"),
        **dict.fromkeys((4, 5), "http://second"),
    }
    time.sleep(0.45)
    assert set(second.beat(5).taken) == {1, 2, 3}
    late = first.beat(5)
    assert late.lost == {1, 2, 3} and first.held == {}
    second.leave()
    assert set(first.beat(5).taken) == {1, 2, 3, 4, 5}


def test_a_stalled_leader_that_lost_its_lease_cannot_commit_and_its_heir_goes_on() -> None:
    url = cluster().database()
    first, second = (Leases(url, name, "", life=0.3) for name in ("first", "second"))
    first.prepare(1)
    fence = first.beat(1).taken[1]
    stalled = Engine(PostgresStore(url, fence=fence), VirtualClock(T0))
    stalled.deploy(DEFINITIONS)
    kept = stalled.create("p")
    with pytest.raises(LeaseLost), stalled.batch():
        lost = stalled.create("p")
        stalled.store.find(CaseRow)  # it has begun to write
        time.sleep(0.35)
        taken = second.beat(1).taken
        assert taken == {1: fence + 1}
    heir = Engine(PostgresStore(url, fence=taken[1]), VirtualClock(T0))
    assert [row.key for row in heir.store.find(CaseRow)] == [kept]
    assert heir.create("p") == lost  # the number was never taken
    with pytest.raises(LeaseLost):
        stalled.create("p")
    assert heir.verify() > 0

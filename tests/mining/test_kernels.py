"""The counting kernels on logs small enough to count by hand."""

from __future__ import annotations

import math

import numpy as np

from mining.drawn import timed, traces
from zaizao.eventlog import MISSING_TIME, from_columns
from zaizao.mining import (
    activity_times,
    concurrent,
    cycle_times,
    directly_follows,
    edge_times,
    enablement,
    facts,
    hand_overs,
    performers,
    rework,
    variants,
)


def test_directly_follows_counts_pairs_starts_and_ends() -> None:
    flow = directly_follows(traces("abcd", "abbd", "ad"))
    assert flow.as_dict() == {("a", "b"): 2, ("b", "c"): 1, ("c", "d"): 1, ("b", "b"): 1, ("b", "d"): 1, ("a", "d"): 1}
    assert flow.starts.tolist() == [3, 0, 0, 0]
    assert dict(zip(flow.activities, flow.ends.tolist(), strict=True)) == {"a": 0, "b": 0, "c": 0, "d": 3}
    assert flow.executions.tolist() == [3, 3, 1, 3]


def test_edges_never_cross_from_one_case_to_the_next() -> None:
    assert directly_follows(traces("ab", "cd")).as_dict() == {("a", "b"): 1, ("c", "d"): 1}
    assert directly_follows(traces("a", "a", "a")).as_dict() == {}


def test_edge_waiting_runs_from_end_to_start_and_is_never_negative() -> None:
    times = edge_times(
        timed([("1", "a", 0, 10, "x"), ("1", "b", 25, 30, "x"), ("2", "a", 0, 10, "x"), ("2", "b", 5, 30, "x")])
    )
    assert times.flow.as_dict() == {("a", "b"): 2}
    assert times.waiting.median.tolist() == [450.0]
    assert times.waiting.mean.tolist() == [450.0]
    assert times.waiting.p90.tolist() == [810.0]


def test_variants_come_by_frequency_and_know_their_cases() -> None:
    found = variants(traces("abc", "ac", "abc", "ab", "abc", "ac"))
    assert [found.sequence(v) for v in range(len(found))] == [("a", "b", "c"), ("a", "c"), ("a", "b")]
    assert found.count.tolist() == [3, 2, 1]
    assert found.of_case.tolist() == [0, 1, 0, 2, 0, 1]
    assert found.first.tolist() == [0, 1, 3]
    assert np.allclose(found.coverage(), [0.5, 5 / 6, 1.0])


def test_an_activity_is_enabled_by_the_last_that_ended_before_it_started() -> None:
    log = timed([("1", "a", 0, 10, "x"), ("1", "b", 12, 40, "y"), ("1", "c", 20, 50, "z"), ("1", "d", 60, 70, "x")])
    found = enablement(log)
    assert found.by.tolist() == [-1, 0, 0, 2]
    assert found.at[0] == MISSING_TIME
    times = activity_times(log)
    assert times.waiting.count.tolist() == [0, 1, 1, 1]
    assert times.waiting.median.tolist()[1:] == [120.0, 600.0, 600.0]
    assert times.processing.median.tolist() == [600.0, 1680.0, 1800.0, 600.0]
    assert math.isnan(times.waiting.median[0])


def test_activities_seen_in_both_orders_do_not_enable_each_other() -> None:
    log = traces(*["sabe", "sbae"] * 10)
    side = concurrent(log)
    a, b = log.activity_names.index("a"), log.activity_names.index("b")
    assert side[a, b]
    assert side[b, a]
    assert side.sum() == 2
    by = enablement(log).by
    assert by[:4].tolist() == [-1, 0, 0, 2]


def test_a_loop_of_two_is_not_concurrency() -> None:
    assert not concurrent(traces(*["sababae"] * 10)).any()


def test_rework_counts_repeats_self_loops_and_ping_pong() -> None:
    found = rework(traces("aab", "aba", "ab"))
    assert found.repeats.tolist() == [2, 0]
    assert found.repeated_cases.tolist() == [2, 0]
    assert found.cases.tolist() == [3, 3]
    assert found.self_loops.tolist() == [1, 0]
    assert found.ping_pong == ((0, 1, 1),)
    assert found.share == 2 / 3


def test_hand_overs_allow_missing_resources() -> None:
    log = traces("abc", "abc", resources=[["x", "y", None], ["x", "x", "y"]])
    found = hand_overs(log)
    pairs = {
        (found.resources[g], found.resources[t]): n
        for g, t, n in zip(found.giver, found.taker, found.count, strict=True)
    }
    assert pairs == {("x", "y"): 2}
    edges = {
        (found.activities[s], found.activities[t]): (int(p), int(h), int(u))
        for s, t, p, h, u in zip(found.source, found.target, found.passed, found.handed, found.unknown, strict=True)
    }
    assert edges == {("a", "b"): (2, 1, 0), ("b", "c"): (2, 1, 1)}
    assert found.share.tolist() == [0.5, 1.0]


def test_a_log_without_any_resource_has_no_hand_overs_and_no_machines() -> None:
    log = traces("abc", "abc")
    assert len(hand_overs(log).count) == 0
    found = performers(log)
    assert found.machines == ()
    assert found.automatic.null_count() == 6
    assert found.unknown_share == 1.0


def test_machines_are_told_by_clock_and_by_name_and_people_are_not() -> None:
    hour = 3_600_000_000
    rounds = np.arange(2000) * hour
    office = np.array([day * 24 * hour + h * hour for day in range(100) for h in range(9, 17) if (day + 3) % 7 < 5])
    ends = np.concatenate((rounds, office, office))
    names = ["112"] * len(rounds) + ["Li"] * len(office) + ["RPA_03"] * len(office)
    log = from_columns(
        case=[str(k) for k in range(len(ends))],
        activity=["a"] * len(ends),
        end=ends.astype(np.int64),
        resource=names,
        zone="UTC",
    )
    found = performers(log)
    assert [machine.resource for machine in found.machines] == ["112", "RPA_03"]
    assert "24" not in found.machines[0].reasons[0].en
    assert found.machines[0].reasons[0].zh.startswith("昼夜不停")
    assert found.automatic.sum() == len(rounds) + len(office)
    assert performers(found.log).automatic.equals(found.automatic)


def test_facts_of_an_empty_log_do_not_fail() -> None:
    empty = from_columns(case=[], activity=[], end=np.zeros(0, dtype=np.int64))
    assert facts(empty).cases == 0
    assert len(variants(empty)) == 0
    assert directly_follows(empty).as_dict() == {}
    assert rework(empty).share == 0.0
    assert len(edge_times(empty).waiting.count) == 0
    assert len(hand_overs(empty).count) == 0


def test_cycle_time_starts_with_the_first_start_even_if_it_ends_later() -> None:
    log = timed([("1", "a", 5, 10, None), ("1", "b", 0, 30, None)])
    assert cycle_times(log).tolist() == [30 * 60_000_000]
    assert facts(log).cycle_median == 1800.0

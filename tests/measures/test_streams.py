"""Measures on line, by hand: windows, ticks, rules, memory; and definitions that are refused with reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from zaizao.measures import Basis, MeasureError, Stream, history, read_measures, ticks

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()) * 1_000_000


NINE = at("2026-11-23T09:00")


def stream(*measures: dict[str, Any], **settings: Any) -> Stream:
    fields = {"account": "text", "amount": "money", "shop": "text"}
    rows = [{"name": f"m{n}", "by": ["account"], **row} for n, row in enumerate(measures)]
    for row in rows:
        if row["aggregate"] == "ratio":
            del row["by"]
    return Stream(read_measures({"stream": {"fields": fields, **settings}, "measure": rows}))


def shown(made: Stream, *events: tuple[int, Any], occurred: int | None = None) -> list[Any]:
    """The first figure at each (arrival, amount) of account a."""
    return [made.update((occurred, "a", amount, "x"), made.arrive(when))[0] for when, amount in events]


def test_an_exact_window_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    made = stream({"aggregate": "count", "window": "PT1H"})
    assert shown(made, (NINE, 1), (NINE + HOUR - 1, 1), (NINE + HOUR, 1), (NINE + 2 * HOUR - 1, 1)) == [1, 2, 2, 2]


def test_events_of_one_microsecond_get_ticks_of_their_own() -> None:
    assert ticks([5, 5, 5, 6, 20]) == [5, 6, 7, 8, 20]
    made = stream({"aggregate": "count", "window": "PT1H"})
    assert shown(made, (NINE, 1), (NINE, 1), (NINE, 1)) == [1, 2, 3]


def test_a_window_in_panes_begins_with_a_pane() -> None:
    made = stream({"aggregate": "sum", "of": "amount", "window": "PT1H", "panes": 2})
    half = NINE + 30 * MINUTE
    assert shown(made, (NINE + MINUTE, 1), (half, 10), (half + 29 * MINUTE, 100), (NINE + HOUR, 1000)) == [
        1,
        11,
        111,
        1110,
    ]


def test_calendar_windows_begin_at_midnight_in_the_banks_zone() -> None:
    made = stream({"aggregate": "count", "window": "day"}, {"aggregate": "count", "window": "week"})
    sunday = at("2026-11-22T23:59:59")
    assert made.update((None, "a", 1, None), made.arrive(sunday)) == (1, 1)
    assert made.update((None, "a", 1, None), made.arrive(at("2026-11-23T00:00:00"))) == (1, 1)
    assert made.update((None, "a", 1, None), made.arrive(at("2026-11-24T00:00:00"))) == (1, 2)
    summer = stream({"aggregate": "count", "window": "day"}, zone="Europe/Berlin")
    hours = [datetime(2026, 10, 25, h, 30, tzinfo=ZoneInfo("UTC")) for h in (21, 22, 23)]
    figures = [summer.update((None, "a", 1, None), summer.arrive(int(h.timestamp()) * 1_000_000))[0] for h in hours]
    assert figures == [1, 2, 1], "the day on which the clock is set back has 25 hours"


@pytest.mark.parametrize(
    ("measure", "figures"),
    [
        ({"aggregate": "count", "of": "amount"}, [1, 1, 2, 3]),
        ({"aggregate": "sum", "of": "amount"}, [300, 300, 400, 600]),
        ({"aggregate": "avg", "of": "amount"}, [300.0, 300.0, 200.0, 200.0]),
        ({"aggregate": "stddev", "of": "amount"}, [None, None, 141.4213562373095, 100.0]),
        ({"aggregate": "min", "of": "amount", "current": False}, [None, 300, 300, 100]),
        ({"aggregate": "max", "of": "amount"}, [300, 300, 300, 300]),
        ({"aggregate": "distinct", "of": "amount", "cap": 2}, [1, 1, 2, 2]),
        ({"aggregate": "last", "of": "amount", "current": False}, [None, 300, 300, 100]),
        ({"aggregate": "time since", "where": "amount > 150"}, [None, MINUTE, 2 * MINUTE, 3 * MINUTE]),
    ],
)
def test_each_aggregate_says_what_it_says(measure: dict[str, Any], figures: list[Any]) -> None:
    made = stream({"window": "PT1H", **measure})
    amounts = (300, None, 100, 200)
    assert shown(made, *((NINE + n * MINUTE, amount) for n, amount in enumerate(amounts))) == figures


def test_a_declined_event_sees_itself_and_is_seen_by_nobody_who_skips_it() -> None:
    made = stream(
        {"aggregate": "count", "window": "PT1H", "declined": "skip"},
        {"aggregate": "count", "window": "PT1H"},
        {"aggregate": "ratio", "of": ["m0", "m1"]},
    )
    first = made.look(made.row({"account": "a"}), made.arrive(NINE))
    made.keep(declined=True)
    assert first == (1, 1, 1.0)
    assert made.update(made.row({"account": "a"}), made.arrive(NINE + 1)) == (1, 2, 0.5)
    assert made.update(made.row({"amount": 5}), made.arrive(NINE + 2)) == (None, None, None), "the key is null"
    made.look(made.row({"account": "a"}), made.arrive(NINE + 3))  # looked at, never kept
    assert made.update(made.row({"account": "a"}), made.arrive(NINE + 4)) == (2, 3, 2 / 3)


def test_late_and_future_dated_events_follow_their_rules_and_a_back_test_chooses() -> None:
    made = stream({"aggregate": "count", "window": "PT1H", "late": "skip"}, late_after="PT10M", ahead="PT1M")
    seen = [
        made.update((occurred, "a", 1, "x"), made.arrive(NINE + n))[0]
        for n, occurred in enumerate((NINE, NINE - 11 * MINUTE, NINE + 2 * MINUTE, None, NINE - 9 * MINUTE))
    ]
    assert seen == [1, 1, 1, 2, 3]
    table = pl.DataFrame(
        {
            "arrived": [NINE, NINE + 1],
            "occurred": [NINE, NINE - 2 * HOUR],
            "account": ["a", "a"],
            "amount": 1,
            "shop": "x",
        }
    )
    count = stream({"aggregate": "count", "window": "PT1H"}).measures
    assert history(table, count)["m0"].to_list() == [1, 2]
    assert history(table, count, Basis.OCCURRED)["m0"].to_list() == [1, 1]


def test_keys_without_events_are_forgotten_and_distinct_values_are_capped() -> None:
    made = stream(
        {"aggregate": "sum", "of": "amount", "window": "PT1H"},
        {"aggregate": "distinct", "of": "amount", "window": "PT1H", "cap": 10},
    )
    for n in range(3000):
        made.update((None, f"k{n % 1000}", n, "x"), made.arrive(NINE + n * MINUTE))
    size = made.size()
    assert size.keys <= 61 and size.entries < 61 * 40
    for n in range(500):
        made.update((None, "hot", n, "x"), made.arrive(NINE + 4000 * MINUTE + n))
    assert made.update((None, "hot", -1, "x"), made.arrive(NINE + 4001 * MINUTE))[1] == 10


GOOD = {"name": "a", "aggregate": "sum", "of": "amount", "window": "PT1H"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "A b"}, "name"),
        ({"name": "amount"}, "name"),
        ({"aggregate": "median"}, "key"),
        ({"sql": "DROP TABLE"}, "key"),
        ({"of": "shop"}, "of"),
        ({"of": "nothing"}, "of"),
        ({"window": "P1Y"}, "duration"),
        ({"window": "PT0S"}, "window"),
        ({"window": "P401D"}, "window"),
        ({"panes": 7}, "panes"),
        ({"panes": 1000}, "panes"),
        ({"window": "day", "panes": 2}, "panes"),
        ({"by": ["nobody"]}, "by"),
        ({"cap": 0}, "cap"),
        ({"late": "maybe"}, "rule"),
        ({"where": "amount > 10.5"}, "filter"),
        ({"where": 'amount > "x"'}, "filter"),
        ({"where": 'shop < "x"'}, "filter"),
        ({"where": "__import__('os')"}, "filter"),
        ({"where": "(" * 500 + "amount = 1" + ")" * 500}, "filter"),
        ({"where": "amount > 1 1"}, "filter"),
        ({"aggregate": "ratio", "of": ["x", "y"]}, "ratio"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_by_name(change: dict[str, Any], code: str) -> None:
    fields = {"account": "text", "amount": "money", "shop": "text"}
    with pytest.raises(MeasureError) as refused:
        read_measures({"stream": {"fields": fields}, "measure": [{**GOOD, **change}]})
    assert [problem.code for problem in refused.value.problems] == [f"measure.{code}"]


def test_names_and_texts_of_definitions_are_never_run() -> None:
    made = stream({"aggregate": "count", "window": "PT1H", "where": 'shop = "\\"); raise SystemExit(\\""'})
    assert made.update((None, "a", 1, '"); raise SystemExit("'), made.arrive(NINE)) == (1,)


def test_a_snapshot_of_other_definitions_is_refused() -> None:
    one = stream({"aggregate": "count", "window": "PT1H"})
    other = stream({"aggregate": "count", "window": "PT2H"})
    for bad in (one.snapshot(), b"", b"[]", b"{", b"[1,2,3,4]"):
        with pytest.raises(MeasureError, match="snapshot"):
            other.restore(bad)

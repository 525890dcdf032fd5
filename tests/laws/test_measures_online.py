"""Laws of measures on line: what an event is shown is what history shows for it, bit for bit.

Over generated definitions and streams with ties, nulls, late, future-dated and declined events; across a snapshot at any
moment; and on a million events. And a filter means what FEEL means.
"""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from zaizao import feel
from zaizao.measures import MeasureError, Stream, StreamSet, history, read_measures, ticks
from zaizao.measures.filters import FieldType, parse_filter, python_filter

FIELDS = {"account": "text", "merchant": "text", "amount": "money", "abroad": "boolean", "points": "integer"}
MINUTE = 60_000_000
BEGIN = 1_795_995_000_000_000
"""Half an hour before a midnight, a Monday and a month in Shanghai."""

numbers = st.integers(-5, 12)
texts = st.sampled_from(['"x"', '"y"', "null"])
comparisons = st.one_of(
    st.tuples(st.sampled_from(["amount", "points"]), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), numbers).map(
        lambda t: f"{t[0]} {t[1]} {t[2]}"
    ),
    st.tuples(st.sampled_from(["account", "merchant"]), st.sampled_from(["=", "!="]), texts).map(" ".join),
    st.sampled_from(
        ["abroad", "not(abroad)", "abroad = true", "abroad != null", "account = merchant", "amount < points"]
    ),
    st.tuples(numbers, numbers).map(lambda t: f"amount in [{t[0]}..{t[1]}]"),
    st.tuples(numbers, numbers).map(lambda t: f"points in ({t[0]}..{t[1]}]"),
    st.tuples(numbers, numbers).map(lambda t: f"points between {t[0]} and {t[1]}"),
    st.tuples(texts, texts).map(lambda t: f"merchant in [{t[0]}, {t[1]}]"),
)
filters = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda text: f"not({text})"),
    ),
    max_leaves=5,
)
windows = st.one_of(
    st.sampled_from([{"window": "PT1M"}, {"window": "PT7M"}, {"window": "PT45M"}, {"window": "P2D"}]),
    st.sampled_from([{"window": "PT10M", "panes": 5}, {"window": "PT1H", "panes": 4}, {"window": "PT3M", "panes": 1}]),
    st.sampled_from([{"window": "day"}, {"window": "week"}, {"window": "month"}]),
)
keys = st.sampled_from([[], ["account"], ["account"], ["account", "merchant"], ["points"], ["abroad"]])
rules = st.fixed_dictionaries(
    {}, optional={rule: st.sampled_from(["count", "skip"]) for rule in ("declined", "late", "future")}
)


@st.composite
def measure(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(
            ["count", "sum", "min", "max", "avg", "stddev", "distinct", "last", "time since", "count", "avg"]
        )
    )
    row: dict[str, Any] = {"aggregate": kind, "by": draw(keys), **draw(windows), **draw(rules)}
    if kind in ("sum", "min", "max", "avg", "stddev"):
        row["of"] = draw(st.sampled_from(["amount", "points"]))
    elif kind in ("distinct", "last"):
        row["of"] = draw(st.sampled_from(["amount", "merchant", "account", "abroad"]))
    elif draw(st.booleans()):
        row["of"] = draw(st.sampled_from(["amount", "merchant"]))
    if kind == "distinct":
        row["cap"] = draw(st.integers(1, 4))
    if kind != "time since":
        row["current"] = draw(st.booleans())
    if draw(st.booleans()):
        row["where"] = draw(filters)
    return row


@st.composite
def sets(draw: st.DrawFn) -> StreamSet:
    rows = draw(st.lists(measure(), min_size=1, max_size=6))
    for number, row in enumerate(rows):
        row["name"] = f"m{number}"
    whole = [row["name"] for row in rows if row["aggregate"] in ("count", "sum", "distinct")]
    if whole:
        rows.append(
            {"name": "r", "aggregate": "ratio", "of": [draw(st.sampled_from(whole)), draw(st.sampled_from(whole))]}
        )
    stream = {"zone": "Asia/Shanghai", "fields": FIELDS, "late_after": "PT5M", "ahead": "PT2M"}
    return read_measures({"stream": stream, "measure": rows})


gaps = st.sampled_from([0, 0, 1, MINUTE - 1, MINUTE, 3 * MINUTE, 45 * MINUTE, 30 * 60 * MINUTE])
apart = st.sampled_from([None, 0, -MINUTE, -5 * MINUTE, -6 * MINUTE, 2 * MINUTE, 3 * MINUTE])
events = st.lists(
    st.tuples(
        gaps,
        apart,
        st.booleans(),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, "x", "y", "z"]),
        st.one_of(st.none(), st.integers(-9, 9), st.just(2**52 + 1)),
        st.sampled_from([None, True, False]),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
    max_size=40,
)


def stream_of(drawn: list[tuple[Any, ...]]) -> pl.DataFrame:
    at, arrived, occurred = BEGIN, [], []
    for gap, shift, *_ in drawn:
        at += gap
        arrived.append(at)
        occurred.append(None if shift is None else at + shift)
    columns = list(zip(*(row[2:] for row in drawn), strict=True)) or [()] * 6
    kinds = [pl.Boolean, pl.String, pl.String, pl.Int64, pl.Boolean, pl.Int64]
    named = zip(("declined", *FIELDS), columns, kinds, strict=True)
    return pl.DataFrame(
        {
            "arrived": pl.Series(arrived, dtype=pl.Int64),
            "occurred": pl.Series(occurred, dtype=pl.Int64),
            **{name: pl.Series(list(values), dtype=kind) for name, values, kind in named},
        }
    )


def lived(stream: Stream, table: pl.DataFrame) -> list[tuple[Any, ...]]:
    figures = []
    for arrived, occurred, declined, *fields in table.iter_rows():
        figures.append(stream.update((occurred, *fields), stream.arrive(arrived), declined))
    return figures


def exactly(value: Any) -> Any:
    """Floats by their bits."""
    return value.hex() if isinstance(value, float) else value


def assert_equal(figures: list[tuple[Any, ...]], table: pl.DataFrame, measures: StreamSet) -> None:
    told = history(table, measures)
    assert told["tick"].to_list() == ticks(table["arrived"].to_list())
    for place, one in enumerate(measures.measures):
        live = [exactly(row[place]) for row in figures]
        assert live == [exactly(value) for value in told[one.name].to_list()], one


@settings(max_examples=60, deadline=None)
@given(sets(), events)
def test_what_was_shown_live_is_what_history_shows(measures: StreamSet, drawn: list[tuple[Any, ...]]) -> None:
    table = stream_of(drawn)
    assert_equal(lived(Stream(measures), table), table, measures)


@settings(max_examples=60, deadline=None)
@given(sets(), events, st.integers(0, 40))
def test_a_snapshot_and_the_events_after_it_make_the_state_again(
    measures: StreamSet, drawn: list[tuple[Any, ...]], place: int
) -> None:
    table = stream_of(drawn)
    whole = Stream(measures)
    figures = lived(whole, table)
    first = Stream(measures)
    lived(first, table[:place])
    second = Stream(measures)
    second.restore(first.snapshot())
    assert lived(second, table[place:]) == figures[place:]
    assert second.snapshot() == whole.snapshot()
    third = Stream(measures)
    third.restore(first.snapshot())
    rows = [(row[1], *row[3:]) for row in table.iter_rows()]
    every = zip(ticks(table["arrived"].to_list()), rows, table["declined"].to_list(), strict=True)
    assert third.replay(every) == len(table[place:]) and third.snapshot() == whole.snapshot()


@settings(max_examples=300, deadline=None)
@given(filters, st.lists(st.one_of(st.none(), numbers), min_size=2, max_size=2), st.data())
def test_a_filter_holds_where_feel_says_true(text: str, whole: list[int | None], data: st.DataObject) -> None:
    fields = {name: FieldType(kind) for name, kind in FIELDS.items()}
    event: dict[str, Any] = {
        "amount": whole[0],
        "points": whole[1],
        "account": data.draw(st.sampled_from([None, "x", "y"])),
        "merchant": data.draw(st.sampled_from([None, "x", "z"])),
        "abroad": data.draw(st.sampled_from([None, True, False])),
    }
    source = python_filter(parse_filter(text, fields, "law"), {name: name for name in fields})
    ours = eval(source, {}, event)
    said = feel.compile(text, names=list(fields)).evaluate({name: feel.to_feel(value) for name, value in event.items()})
    assert ours is (said is True), (source, said)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='amountpis <>=!()[].,0123456789"\\ndor', max_size=40))
def test_any_text_is_a_filter_or_is_refused(text: str) -> None:
    fields = {name: FieldType(kind) for name, kind in FIELDS.items()}
    try:
        parse_filter(text, fields, "law")
    except MeasureError as refused:
        assert refused.problems


@pytest.mark.slow
def test_on_a_million_events_both_are_equal_bit_for_bit() -> None:
    place_of_bench = Path(__file__).parents[2] / "bench" / "centres" / "measures.py"
    spec = spec_from_file_location("bench_measures", place_of_bench)
    assert spec is not None and spec.loader is not None
    bench = module_from_spec(spec)
    spec.loader.exec_module(bench)
    measures = read_measures(bench.SET)
    table = bench.payments(1_000_000, seed=7)
    stream = Stream(measures)
    figures = [stream.update(row, tick, declined) for tick, row, declined in bench.rows_of(table)]
    told = history(table, measures)
    for place, name in enumerate(stream.names):
        assert [row[place] for row in figures] == told[name].to_list(), name

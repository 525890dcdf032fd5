"""Laws of logs: filtering then counting is counting then filtering; every format gives back what it was given."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from zaizao.eventlog import MISSING_TIME, EventLog, Filter, activities, filters, from_columns, keep, read, select, write

HOUR = 3_600_000_000
T0 = 1_700_000_000_000_000
names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=6).filter(
    lambda text: text == text.strip() and not text.isascii()
)
whole = st.integers(0, 200).map(lambda n: T0 + n * HOUR // 4 + n % 7)


@st.composite
def logs(draw: st.DrawFn) -> EventLog:
    steps = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    people = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    count = draw(st.integers(1, 5))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, count - 1),
                st.sampled_from(steps),
                whole,
                st.one_of(st.none(), st.integers(0, 9)),
                st.one_of(st.none(), st.sampled_from(people)),
                st.sampled_from(["start", "complete", "schedule", "complete"]),
                st.one_of(st.none(), names),
            ),
            min_size=1,
            max_size=24,
        )
    )
    case, activity, end, length, person, lifecycle, note = (list(column) for column in zip(*rows, strict=True))
    order = list(dict.fromkeys(case))
    start = np.array([MISSING_TIME if n is None else t - n * HOUR for t, n in zip(end, length, strict=True)])
    return from_columns(
        case=[f"案{k}" for k in case],
        activity=activity,
        start=start,
        end=np.array(end, dtype=np.int64),
        resource=person,
        lifecycle=lifecycle,
        case_table=pl.DataFrame({"amount": [draw(st.integers(0, 5)) for _ in order]}),
        event_table=pl.DataFrame({"note": pl.Series(note, dtype=pl.String)}),
    )


@st.composite
def conditions(draw: st.DrawFn, log: EventLog) -> Filter:
    some = st.sets(st.sampled_from(log.activity_names), max_size=2)
    made = draw(
        st.one_of(
            st.builds(filters.having, some),
            st.builds(lambda one: filters.having(one, every=True), some),
            st.builds(filters.starting_with, some),
            st.builds(filters.ending_with, some),
            st.builds(
                lambda a, b, directly: filters.following(a, b, directly=directly),
                st.sampled_from(log.activity_names),
                st.sampled_from(log.activity_names),
                st.booleans(),
            ),
            st.builds(lambda a, b, within: filters.between(a, b, whole=within), whole, whole, st.booleans()),
            st.builds(lambda a: filters.lasting(a * HOUR), st.integers(0, 50)),
            st.builds(lambda a: filters.cases({f"案{a}"}), st.integers(0, 5)),
        )
    )
    return ~made if draw(st.booleans()) else made


def rows(log: EventLog) -> list[tuple[str, str, int, int, str | None, str | None]]:
    people = (*log.resource_names, None)
    return [
        (log.case_names[c], log.activity_names[a], s, e, people[r], note)
        for c, a, s, e, r, note in zip(
            log.case.tolist(), log.activity.tolist(), log.start.tolist(), log.end.tolist(), log.resource.tolist(),
            log.event_table["note"].to_list() if log.events and log.event_table.width else [None] * log.events,
            strict=True,
        )
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_filtering_then_counting_is_counting_then_filtering(data: st.DataObject) -> None:
    log = data.draw(logs())
    one, other = data.draw(conditions(log)), data.draw(conditions(log))
    mask, second = one.mask(log), other.mask(log)
    left = keep(log, one)
    assert left.cases == int(mask.sum()) and left.events == int(mask[log.case].sum())
    assert rows(left) == [row for row, kept in zip(rows(log), mask[log.case], strict=True) if kept]
    assert left.cases + keep(log, ~one).cases == log.cases
    both = select(log).where(one, other)
    assert [step.cases for step in both.steps()] == [log.cases, left.cases, int((mask & second).sum())]
    assert rows(both.log()) == rows(select(log, other, one).log())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_event_filters_keep_exactly_the_rows_asked_for(data: st.DataObject) -> None:
    log = data.draw(logs())
    wanted = data.draw(st.sets(st.sampled_from(log.activity_names)))
    assert rows(keep(log, filters.only(wanted))) == [row for row in rows(log) if row[1] in wanted]
    amounts = dict(zip(log.case_names, log.case_table["amount"].to_list(), strict=True))
    rich = keep(log, filters.attribute("amount", low=2, high=4))
    assert rows(rich) == [row for row in rows(log) if 2 <= amounts[row[0]] < 4]
    top = keep(log, filters.top_variants(share=0.5))
    assert 2 * top.cases >= log.cases


@pytest.mark.parametrize("suffix", [".xes", ".csv", ".parquet"])
@settings(max_examples=25, deadline=None)
@given(log=logs())
def test_xes_to_parquet_to_any_format_keeps_every_event(suffix: str, log: EventLog) -> None:
    with TemporaryDirectory() as folder:
        write(log, Path(folder) / "a.xes")
        write(read(Path(folder) / "a.xes"), Path(folder) / "b.parquet")
        write(read(Path(folder) / "b.parquet"), Path(folder) / f"c{suffix}")
        again = read(Path(folder) / f"c{suffix}")
        assert rows(again) == rows(log)
        assert again.case_table["amount"].to_list() == log.case_table["amount"].to_list()


@settings(max_examples=100, deadline=None)
@given(logs())
def test_joining_transitions_never_invents_an_execution_or_a_time(log: EventLog) -> None:
    joined = activities(log)
    closing = [k for k, code in enumerate(log.lifecycle.tolist()) if log.lifecycle_names[code] == "complete"]
    assert joined.events == len(closing) or joined is log
    instants = set(log.end.tolist()) | set(log.start.tolist())
    assert set(joined.start.tolist()) | set(joined.end.tolist()) <= instants
    assert sorted(joined.end.tolist()) == sorted(log.end[closing].tolist()) or joined is log
    assert activities(joined) is joined

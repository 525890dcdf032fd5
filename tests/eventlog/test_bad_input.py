"""Input that real exports bring: unknown extensions, cases of one event by the million; each read and mined to the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlog.test_reading_xes import event, trace
from zaizao.eventlog import MISSING, activities, read
from zaizao.mining import (
    directly_follows,
    discover,
    edge_times,
    hand_overs,
    people,
    queues,
    rework,
    variants,
    waiting_causes,
    working_hours,
)

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="2.0" xmlns="http://www.xes-standard.org/">\n'
    '<extension name="Credit" prefix="credit" uri="http://127.0.0.1:9/credit.xesext"/>\n'
    '<extension name="Nowhere" prefix="nowhere" uri="file:///etc/hostname"/>\n'
    '<global scope="event"><string key="credit:grade" value="?"/></global>\n'
    '<classifier name="Grade" keys="credit:grade concept:name"/>\n'
)


@pytest.mark.parametrize("copies", [1, 9_000], ids=["exact reader", "compiled reader"])
def test_attributes_of_unknown_extensions_are_kept_and_nothing_is_fetched(tmp_path: Path, copies: int) -> None:
    more = '<string key="credit:grade" value="AA"/><float key="nowhere:rate" value="4.25"/>'
    path = tmp_path / "loan.xes"
    lines = (trace(f"c{k}", event("收件", more=more), event("审批")) for k in range(copies))
    path.write_text(HEAD + "\n".join(lines) + "\n</log>", encoding="utf-8")
    log = read(path)
    assert (log.cases, log.events) == (copies, 2 * copies)
    assert log.event_table["credit:grade"].to_list()[:2] == ["AA", None]
    assert log.event_table["nowhere:rate"].to_list()[:2] == [4.25, None]


@pytest.mark.parametrize("cases", [100_000, pytest.param(2_000_000, marks=pytest.mark.slow)])
def test_cases_of_one_event_by_the_million_are_read_and_mined(tmp_path: Path, cases: int) -> None:
    path = tmp_path / "cards.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("case,activity,time,resource\n")
        for k in range(cases):
            who = "" if k % 3 else f"p{k % 50}"
            file.write(f"{k},{'swipe' if k % 10 else 'refund'},2024-03-{k % 28 + 1:02}T{k % 24:02}:00:00+08:00,{who}\n")
    log = activities(read(path))
    assert log.events == log.cases == cases
    assert "log.one-event-cases" in {problem.code for problem in log.findings}
    assert len(variants(log)) == 2 and len(directly_follows(log).count) == 0
    assert edge_times(log).waiting.count.sum() == 0 and rework(log).share == 0.0
    assert hand_overs(log).count.sum() == 0 and waiting_causes(log).total.sum() == 0
    assert people(log).unknown == int((log.resource == MISSING).sum()) > 0
    assert queues(log).waiting.sum() == 0
    assert working_hours(log).calendars == {}
    assert len(discover(log).processes[0].nodes) >= 4

"""The bundled example: it checks clean, it is what its README says, and mistakes are named by line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from zaizao.eventlog import MISSING, EventLog
from zaizao.scenarios import PackError, bundled, check, generate, load

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def log() -> EventLog:
    return generate(load(bundled()))


def test_the_bundled_pack_has_no_problem() -> None:
    assert check(bundled()) == []


def test_its_log_is_large_long_and_slow_as_announced(log: EventLog) -> None:
    assert log.cases == 5000
    assert 8 <= (log.end.max() - log.end.min()) / DAY / 30.4 <= 10
    first = np.minimum.reduceat(log.start, log.offsets[:-1])
    days = (np.maximum.reduceat(log.end, log.offsets[:-1]) - first) / DAY
    assert 2.0 < np.median(days) < 4.5
    assert np.quantile(days, 0.9) > 2 * np.median(days)
    assert not log.findings


def test_what_is_slow_and_late_is_really_in_the_log(log: EventLog) -> None:
    names = list(log.activity_names)
    ends = np.array(log.activity)[log.offsets[1:] - 1]
    refused = (ends == names.index("通知拒绝结果")).mean()
    assert 0.25 < refused < 0.45
    again = np.bincount(log.case[log.activity == names.index("核对申请材料")], minlength=log.cases)
    assert 0.2 < (again > 1).mean() < 0.45


def test_recording_is_imperfect_but_repeatable(log: EventLog) -> None:
    assert 0.03 < (log.resource == MISSING).mean() < 0.25
    again = generate(load(bundled()))
    assert (again.end == log.end).all()
    assert (again.resource == log.resource).all()
    assert (generate(load(bundled()), cases=300, seed=2).end[:50] != log.end[:50]).any()


def test_nobody_works_on_a_state_holiday(log: EventLog) -> None:
    golden_week_eve = np.datetime64("2025-01-28", "us").astype(np.int64) - 8 * DAY // 24
    during = (log.end >= golden_week_eve) & (log.end < golden_week_eve + 7 * DAY) & (log.resource != MISSING)
    performers = {log.resource_names[r] for r in log.resource[during]}
    assert performers <= {"核心系统01"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("people = 4", "peopel = 4", "toml.unknown-key"),
        ('"7min"', '"7 minutes"', "toml.value"),
        ('weights = { "齐全" = 0.66', 'weights = { "全" = 0.66', "pack.unknown-name"),
        ('as_is.activity."初级审批"', 'as_is.activity."初审"', "pack.unknown-name"),
        ('holidays = "cn"', 'holidays = "fr"', "toml.value"),
        ('{ attribute = "overdue", low = 3 }', '{ attribute = "overdu", low = 3 }', "toml.value"),
        ("[pack]", "[pack", "toml.unreadable"),
    ],
)
def test_each_mistake_is_a_problem_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(bundled(), folder)
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "scenario.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = check(folder)
    assert code in {problem.code for problem in problems}
    if code != "toml.unreadable":
        line = text.replace(old, new, 1)[: text.replace(old, new, 1).index(new)].count("\n") + 1
        # An element of an inline array is named by the line where its array begins.
        said = [int(problem.where.rsplit(" ", 1)[1]) for problem in problems]
        assert any(line - 2 <= number <= line for number in said)
    with pytest.raises(PackError):
        load(folder)


def test_a_pack_that_is_not_there_is_named() -> None:
    with pytest.raises(PackError) as caught:
        bundled("nowhere")
    assert "city-bank-loan" in caught.value.problems[0].remedy.en

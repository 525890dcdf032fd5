"""Goals: how people write them, and when a verdict may be given."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zaizao.measures import (
    Estimate,
    Goal,
    Kpi,
    MeasureError,
    Outcome,
    default_goals,
    describe,
    judge,
    read_goals,
    relative_change,
)

HOUR = 3_600_000_000


def goals_file(folder: Path, text: str) -> Path:
    path = folder / "goals.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_goals_are_read_in_peoples_units(tmp_path: Path) -> None:
    text = """
[[goal]]
measure = "cycle_time.p90"
target = "2 d 4.5 h"
by = 2027-06-30

[[goal]]
measure = "cost.mean"
target = "350.50"

[[goal]]
measure = "manual_share"
target = "20 %"

[[goal]]
measure = "cycle_time.median"
change = "-30 %"

[[goal]]
measure = "waiting.mean"
target = "3小时30分钟"
"""
    assert read_goals(goals_file(tmp_path, text)) == (
        Goal(Kpi.CYCLE_TIME_P90, target=52.5 * HOUR, by=date(2027, 6, 30)),
        Goal(Kpi.COST_MEAN, target=35_050),
        Goal(Kpi.MANUAL_SHARE, target=0.2),
        Goal(Kpi.CYCLE_TIME_MEDIAN, change=-0.3),
        Goal(Kpi.WAITING_MEAN, target=3.5 * HOUR),
    )


def test_every_problem_of_a_goals_file_is_listed_with_its_place(tmp_path: Path) -> None:
    text = """
[[goal]]
measure = "speed"
[[goal]]
measure = "manual_share"
[[goal]]
measure = "cycle_time.median"
target = "soon"
[[goal]]
measure = "cost.mean"
change = -0.1
by = "next year"
[[goal]]
measure = "cost.mean"
change = -0.1
colour = "red"
"""
    with pytest.raises(MeasureError) as caught:
        read_goals(goals_file(tmp_path, text))
    assert [(problem.where, problem.code) for problem in caught.value.problems] == [
        ("goals.toml: goal 1", "goals.unknown-measure"),
        ("goals.toml: goal 2", "goals.keys"),
        ("goals.toml: goal 3", "goals.amount"),
        ("goals.toml: goal 4", "goals.date"),
        ("goals.toml: goal 5", "goals.keys"),
    ]
    for bad, code in (("[[goal", "goals.not-toml"), ("x = 1", "goals.none")):
        with pytest.raises(MeasureError) as caught:
            read_goals(goals_file(tmp_path, bad))
        assert caught.value.problems[0].code == code
    with pytest.raises(MeasureError, match="cannot be read"):
        read_goals(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (Estimate(0.15, 0.12, 0.19, 500), Outcome.MET),
        (Estimate(0.15, 0.10, 0.25, 50), Outcome.OPEN),
        (Estimate(0.30, 0.25, 0.35, 500), Outcome.MISSED),
    ],
)
def test_a_target_is_judged_by_the_whole_interval(after: Estimate, outcome: Outcome) -> None:
    assert judge(Goal(Kpi.MANUAL_SHARE, target=0.2), Estimate(0.8, 0.7, 0.9, 500), after).outcome is outcome


def test_higher_is_better_where_the_measure_says_so() -> None:
    goal, before = Goal(Kpi.STRAIGHT_THROUGH, target=0.5), Estimate(0.1, 0.1, 0.1, 9)
    assert judge(goal, before, Estimate(0.6, 0.55, 0.65, 9)).outcome is Outcome.MET
    assert judge(goal, before, Estimate(0.4, 0.35, 0.45, 9)).outcome is Outcome.MISSED


def test_a_change_is_judged_with_the_uncertainty_of_both_sides() -> None:
    goal = Goal(Kpi.CYCLE_TIME_MEDIAN, change=-0.3)
    sharp = judge(goal, Estimate(100, 98, 102, 5000), Estimate(50, 49, 51, 5000))
    assert sharp.outcome is Outcome.MET and sharp.reached.value == pytest.approx(-0.5)
    assert sharp.reached.low < -0.5 < sharp.reached.high < -0.3
    assert judge(goal, Estimate(100, 60, 160, 20), Estimate(50, 49, 51, 5000)).outcome is Outcome.OPEN
    assert judge(goal, Estimate(100, 98, 102, 5000), Estimate(95, 94, 96, 5000)).outcome is Outcome.MISSED
    assert judge(goal, Estimate(0, 0, 0, 5), Estimate(1, 1, 1, 5)).outcome is Outcome.OPEN


def test_a_change_to_nothing_is_a_change_by_all() -> None:
    reached = relative_change(Estimate(10, 8, 12, 100), Estimate(0, 0, 0.5, 100))
    assert reached.value == -1 and reached.low == -1 and reached.high == pytest.approx(0.5 / 8 - 1)


def test_the_default_goals_read_well() -> None:
    median, manual = (describe(goal) for goal in default_goals())
    assert (median.zh, median.en) == ("办理时长中位数 -30%", "median cycle time -30%")
    assert (manual.zh, manual.en) == ("人工占比 ≤ 20%", "manual share ≤ 20%")

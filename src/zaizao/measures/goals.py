"""Goals: a figure with a target and a date, read from TOML, judged with the uncertainty of both sides.

Rule kept: a goal is met or missed only if the 95 % interval lies wholly on that side; otherwise the verdict is that the
data do not tell. A change relative to before is judged on the ratio, whose interval comes from both estimates.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import exp, hypot, isfinite, log
from pathlib import Path

from zaizao.measures.errors import MeasureError, unmeasurable
from zaizao.measures.estimates import Estimate, Z
from zaizao.measures.kpis import DEFINITIONS, Better, Kpi, Unit
from zaizao.problems import Problem, Text


@dataclass(frozen=True, slots=True)
class Goal:
    """Bring ``measure`` to ``target`` (in its unit) or change it by ``change`` (−0.3 = 30 % less) until ``by``.

    Exactly one of ``target`` and ``change`` is given.
    """

    measure: Kpi
    target: float | None = None
    change: float | None = None
    by: date | None = None

    def __post_init__(self) -> None:
        assert (self.target is None) != (self.change is None)

    @property
    def better(self) -> Better:
        """The direction in which the goal lies."""
        return DEFINITIONS[self.measure].better


class Outcome(StrEnum):
    """What the figures say about a goal."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"  # the interval holds the target


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal's outcome: what was ``reached`` (the figure, or its relative change) against what was ``wanted``."""

    goal: Goal
    before: Estimate
    after: Estimate
    wanted: float
    reached: Estimate
    outcome: Outcome


def default_goals() -> tuple[Goal, ...]:
    """What a bank aims at if it does not say otherwise: 30 % off the median cycle time, manual share below 20 %."""
    return (Goal(Kpi.CYCLE_TIME_MEDIAN, change=-0.30), Goal(Kpi.MANUAL_SHARE, target=0.20))


def judge(goal: Goal, before: Estimate, after: Estimate) -> Verdict:
    """Compare the figures before and after with the goal."""
    if goal.target is not None:
        wanted, reached = goal.target, after
    else:
        assert goal.change is not None
        wanted, reached = goal.change, relative_change(before, after)
    low, high = (reached.low, reached.high) if goal.better is Better.LOWER else (-reached.high, -reached.low)
    limit = wanted if goal.better is Better.LOWER else -wanted
    outcome = Outcome.MET if high <= limit else Outcome.MISSED if low > limit else Outcome.OPEN
    return Verdict(goal, before, after, wanted, reached, outcome)


def relative_change(before: Estimate, after: Estimate) -> Estimate:
    """``after / before − 1`` with an interval from both (independent) estimates, on the logarithmic scale.

    Undefined (not a number, unbounded) if ``before`` is not positive.
    """
    n = min(before.n, after.n)
    if before.value <= 0 or after.value < 0:
        return Estimate(float("nan"), float("-inf"), float("inf"), n)
    value = after.value / before.value - 1
    if min(before.low, after.low, after.value) <= 0:
        low = max(after.low, 0.0) / before.high - 1
        high = after.high / before.low - 1 if before.low > 0 else float("inf")
        return Estimate(value, low, high, n)
    error = hypot(log(before.high / before.low), log(after.high / after.low)) / (2 * Z)
    return Estimate(value, (value + 1) * exp(-Z * error) - 1, (value + 1) * exp(Z * error) - 1, n)


def read_goals(path: str | Path) -> tuple[Goal, ...]:
    """Read ``[[goal]]`` tables: ``measure``, ``target`` or ``change``, ``by`` (a date, optional).

    Times are written with a unit (``"36 h"``, ``"2 d 4 h"``), shares as a number or per cent (``"20 %"``), money in
    yuan (``"350.00"``), changes as a number or per cent (``"-30 %"``). Raises ``MeasureError`` listing every problem.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise unmeasurable(
            str(path),
            "goals.unreadable",
            (f"无法读取（{error}）", f"it cannot be read ({error})"),
            ("请检查路径与编码", "check the path and that it is UTF-8"),
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise unmeasurable(
            path.name,
            "goals.not-toml",
            (f"不是合法的 TOML（{error}）", f"it is not valid TOML ({error})"),
            ("请修正该处", "mend that place"),
        ) from None
    tables = document.get("goal", [])
    if not isinstance(tables, list) or not tables:
        raise unmeasurable(
            path.name,
            "goals.none",
            ("没有任何 [[goal]]", "it holds no [[goal]]"),
            ("请至少写一个目标", "write at least one goal"),
        )
    goals: list[Goal] = []
    problems: list[Problem] = []
    for number, table in enumerate(tables, 1):
        try:
            goals.append(_goal(table, f"{path.name}: goal {number}"))
        except MeasureError as error:
            problems.extend(error.problems)
    if problems:
        raise MeasureError(problems)
    return tuple(goals)


_KEYS = frozenset({"measure", "target", "change", "by"})


def _goal(table: dict[str, object], where: str) -> Goal:
    name = str(table.get("measure", ""))
    if name not in set(Kpi):
        known = ", ".join(Kpi)
        raise unmeasurable(
            where,
            "goals.unknown-measure",
            (f"没有指标 “{name}”", f"there is no measure {name!r}"),
            (f"可用：{known}", f"use one of {known}"),
        )
    unknown = sorted(set(table) - _KEYS)
    if unknown or ("target" in table) == ("change" in table):
        raise unmeasurable(
            where,
            "goals.keys",
            ("需要且只需要 target 与 change 之一", "it needs exactly one of target and change")
            if not unknown
            else (f"不认识 {unknown[0]}", f"{unknown[0]} is not known"),
            ("键只有 measure、target、change、by", "the keys are measure, target, change, by"),
        )
    by = table.get("by")
    if by is not None and type(by) is not date:
        raise unmeasurable(
            where,
            "goals.date",
            (f"by 不是日期：{by}", f"by is not a date: {by}"),
            ("请写作 2027-06-30", "write it as 2027-06-30"),
        )
    kpi = Kpi(name)
    unit = DEFINITIONS[kpi].unit
    if "target" in table:
        return Goal(kpi, target=_amount(table["target"], unit, where), by=by)
    return Goal(kpi, change=_amount(table["change"], Unit.SHARE, where), by=by)


_TIME_UNITS = {
    "s": 1_000_000, "秒": 1_000_000, "min": 60_000_000, "m": 60_000_000, "分": 60_000_000, "分钟": 60_000_000,
    "h": 3_600_000_000, "小时": 3_600_000_000, "d": 86_400_000_000, "天": 86_400_000_000, "w": 604_800_000_000,
}  # fmt: skip
_TIME_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+|[一-鿿]+)\s*")


def _amount(value: object, unit: Unit, where: str) -> float:
    """A target as people write it, in the measure's unit."""
    text = str(value).strip()
    try:
        if unit is Unit.TIME:
            parts = _TIME_PART.findall(text.lower())
            if not parts or _TIME_PART.sub("", text.lower()):
                raise ValueError(text)
            return float(sum(Decimal(number) * _TIME_UNITS[name] for number, name in parts))
        number = Decimal(text.removesuffix("%").removesuffix("％").strip())
        if text.endswith(("%", "％")):
            number /= 100
        elif unit is Unit.MONEY:
            number *= 100
        if not isfinite(number):
            raise ValueError(text)
        return float(number)
    except (ValueError, KeyError, InvalidOperation):
        example = {Unit.TIME: '"36 h"', Unit.MONEY: '"350.00"', Unit.SHARE: '0.2 / "20 %"', Unit.PER_DAY: "120"}[unit]
        raise unmeasurable(
            where,
            "goals.amount",
            (f"看不懂 “{text}”", f"{text!r} cannot be understood"),
            (f"请写作如 {example}", f"write it like {example}"),
        ) from None


def describe(goal: Goal) -> Text:
    """The goal in words: the figure's title and what is wanted of it."""
    title = DEFINITIONS[goal.measure].title
    if goal.change is not None:
        return Text(f"{title.zh} {goal.change:+.0%}", f"{title.en} {goal.change:+.0%}")
    assert goal.target is not None
    sign = "≤" if goal.better is Better.LOWER else "≥"
    shown = _shown(goal.target, DEFINITIONS[goal.measure].unit)
    return Text(f"{title.zh} {sign} {shown.zh}", f"{title.en} {sign} {shown.en}")


def _shown(value: float, unit: Unit) -> Text:
    if unit is Unit.TIME:
        days, hours = value / 86_400_000_000, value / 3_600_000_000
        return Text(f"{days:.1f} 天", f"{days:.1f} d") if days >= 2 else Text(f"{hours:.1f} 小时", f"{hours:.1f} h")
    if unit is Unit.MONEY:
        return Text(f"{value / 100:,.2f} 元", f"CNY {value / 100:,.2f}")
    if unit is Unit.SHARE:
        return Text.both(f"{value:.0%}")
    return Text(f"{value:.1f} 件/天", f"{value:.1f} per day")

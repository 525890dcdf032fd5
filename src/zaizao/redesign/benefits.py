"""What a change really brought: measured before and after with drift and season taken out, in hours and money.

Theory. The figure before is followed week by week; its trend (least squares on ranks: Theil–Sen) and its season (month of
the year, where at least two years were seen) say what it would have been without the change. What came after is compared
with that; controls, where there are some, take out what happened to all (difference in differences). The interval is
that of a moving-block bootstrap over weeks (Künsch 1989), so that weeks that hang together count as such.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog import EventLog
from zaizao.measures import cycle_times
from zaizao.problems import Text
from zaizao.redesign.evidence import Basis, Evidence, Figure, Unit

Float64 = NDArray[np.float64]
WEEK = 7 * 86_400_000_000
LEAST_WEEKS = 6
SAMPLES = 399
TWO_YEARS = 104
_WEEKS_A_YEAR = 52.1775


@dataclass(frozen=True, slots=True, eq=False)
class Weekly:
    """A figure week by week: ``week`` numbers since the epoch, ``value`` its mean, ``cases`` behind it."""

    week: NDArray[np.int64]
    value: Float64
    cases: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Effect:
    """``raw`` is after less before; ``trend`` and ``season`` what the past says would have come anyway; ``controls`` what
    happened to the controls; ``effect`` what is left, with its 95 % interval. ``seen`` and ``assumed`` say which is which.
    """

    before: float
    after: float
    raw: float
    trend: float
    season: float
    controls: float
    effect: Figure
    seen: tuple[Text, ...]
    assumed: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Benefit:
    """Per year: hours of work, money (fen), and the hours that customers wait less, each with its interval."""

    hours: Figure
    money: Figure
    waiting: Figure


def weekly(log: EventLog, values: Float64 | None = None) -> Weekly:
    """A figure of cases (default: cycle time in seconds) by the week in which they end."""
    ends = np.maximum.reduceat(log.end, log.offsets[:-1])
    figure = cycle_times(log) / 1e6 if values is None else values
    week, place, cases = np.unique(ends // WEEK, return_inverse=True, return_counts=True)
    return Weekly(week, np.bincount(place, weights=figure) / cases, cases)


def effect(before: Weekly, after: Weekly, *, controls: tuple[Weekly, Weekly] | None = None, seed: int = 1) -> Effect:
    """What the change did to a weekly figure, beyond trend, season and what happened to the controls."""
    rng = np.random.default_rng(seed)
    point = _parts(before, after, controls)
    draws = []
    series = (before, after, *(controls or ()))
    lines = [_line(one) for one in series]
    for _ in range(SAMPLES):
        left, right, *others = (_resampled(one, line, rng) for one, line in zip(series, lines, strict=True))
        beside = (others[0], others[1]) if others else None
        draws.append(_parts(left, right, beside)[-1])
    low, high = np.quantile(draws, [0.025, 0.975])
    raw, trend, season, moved, left_over = point
    how = Text(
        f"{len(before.week)} 周前、{len(after.week)} 周后；趋势、季节与对照已扣除",
        f"{len(before.week)} weeks before, {len(after.week)} after; trend, season and controls taken out",
    )
    figure = Figure(
        "effect", Text("净变化", "net change"), left_over, float(low), float(high), len(after.week), Unit.SECONDS,
        Evidence(Basis.LOG, how, seed),
    )  # fmt: skip
    seasonal = len(before.week) >= TWO_YEARS
    assumed = [Text("改造前的趋势会照样延续", "the trend before the change would have gone on")]
    if not seasonal:
        assumed.append(Text("不足两年，未扣除季节", "less than two years: no season taken out"))
    if controls is None:
        assumed.append(Text("没有对照单位", "there were no controls"))
    else:
        assumed.append(
            Text("对照单位的变化也会发生在试点", "what happened to the controls would have happened here too")
        )
    return Effect(
        before=_mean(before),
        after=_mean(after),
        raw=raw,
        trend=trend,
        season=season,
        controls=moved,
        effect=figure,
        seen=(Text(f"改造前 {int(before.cases.sum())} 案、改造后 {int(after.cases.sum())} 案",
                   f"{int(before.cases.sum())} cases before and {int(after.cases.sum())} after"),),
        assumed=tuple(assumed),
    )  # fmt: skip


def benefit(work: Effect, cycle: Effect, *, cases_per_year: float, fen_per_hour: float) -> Benefit:
    """Hours and money from the effect on working seconds per case, and waiting from that on cycle time.

    ``cases_per_year`` and ``fen_per_hour`` are a person's figures: assumptions.
    """
    per_hour = -cases_per_year / 3600.0
    how = Text(
        f"每年 {cases_per_year:,.0f} 案（假设）× 每案实测变化",
        f"{cases_per_year:,.0f} cases a year (assumed) × measured change per case",
    )
    evidence = Evidence(Basis.ASSUMPTION, how)

    def times(figure: Figure, factor: float, key: str, words: Text, unit: Unit) -> Figure:
        ends = sorted((figure.low * factor, figure.high * factor))
        return replace(
            figure,
            key=key,
            name=words,
            value=figure.value * factor,
            low=ends[0],
            high=ends[1],
            unit=unit,
            evidence=evidence,
        )

    return Benefit(
        hours=times(work.effect, per_hour, "hours", Text("每年节省工时", "hours of work saved a year"), Unit.COUNT),
        money=times(
            work.effect, per_hour * fen_per_hour, "money", Text("每年节省费用", "money saved a year"), Unit.FEN
        ),
        waiting=times(
            cycle.effect,
            per_hour,
            "waiting",
            Text("客户每年少等小时数", "hours that customers wait less a year"),
            Unit.COUNT,
        ),
    )


def _mean(series: Weekly) -> float:
    return float(np.average(series.value, weights=series.cases))


def _parts(
    before: Weekly, after: Weekly, controls: tuple[Weekly, Weekly] | None
) -> tuple[float, float, float, float, float]:
    """Raw change, trend, season, controls' change (beyond their own trend and season), and what is left."""
    raw = _mean(after) - _mean(before)
    trend, season = _expected(before, after)
    moved = 0.0
    if controls is not None:
        moved = _mean(controls[1]) - _mean(controls[0]) - sum(_expected(*controls))
    return raw, trend, season, moved, raw - trend - season - moved


def _expected(before: Weekly, after: Weekly) -> tuple[float, float]:
    """What trend and season alone would have changed."""
    if len(before.week) < LEAST_WEEKS:
        return 0.0, 0.0
    season = _season(before) if len(before.week) >= TWO_YEARS else np.zeros(12)
    months = [_months(series.week) for series in (before, after)]
    level = before.value - season[months[0]]
    slope = theil_sen(before.week.astype(np.float64), level)
    centres = [float(np.average(series.week, weights=series.cases)) for series in (before, after)]
    seasons = [float(np.average(season[m], weights=s.cases)) for m, s in zip(months, (before, after), strict=True)]
    return slope * (centres[1] - centres[0]), seasons[1] - seasons[0]


def theil_sen(x: Float64, y: Float64) -> float:
    """The median of all slopes between two points: a trend that outliers do not bend. 0 where none is told."""
    left, right = np.triu_indices(len(x), 1)
    apart = x[right] - x[left]
    known = apart != 0
    return float(np.median((y[right] - y[left])[known] / apart[known])) if known.any() else 0.0


def _season(series: Weekly) -> Float64:
    """How much each month differs from the level of the year around it."""
    width = round(_WEEKS_A_YEAR)
    kernel = np.ones(width) / width
    padded = np.pad(series.value, (width // 2, width - 1 - width // 2), mode="reflect")
    level = np.convolve(padded, kernel, mode="valid")
    month = _months(series.week)
    found = np.array([np.median((series.value - level)[month == m]) if (month == m).any() else 0.0 for m in range(12)])
    return np.asarray(found - found.mean())


def _months(week: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(pl.Series(week * WEEK).cast(pl.Datetime("us")).dt.month().cast(pl.Int64).to_numpy() - 1)


def _line(series: Weekly) -> Float64:
    """The trend of a series, around its middle."""
    x = series.week.astype(np.float64)
    slope = theil_sen(x, series.value) if len(x) >= LEAST_WEEKS else 0.0
    return np.asarray(slope * (x - x.mean()))


def _resampled(series: Weekly, line: Float64, rng: np.random.Generator) -> Weekly:
    """A moving-block resample of the deviations from the trend ``line``; the weeks stay where they are."""
    count = len(series.week)
    size = max(1, round(count ** (1 / 3)))
    starts = rng.integers(0, count - size + 1, size=-(-count // size))
    rows = (starts[:, None] + np.arange(size)).ravel()[:count]
    return Weekly(series.week, line + (series.value - line)[rows], series.cases)


def drifting(series: Weekly) -> tuple[float, bool]:
    """The trend per week, and whether it is more than chance (Mann–Kendall at 5 %)."""
    y = series.value
    count = len(y)
    left, right = np.triu_indices(count, 1)
    score = float(np.sign(y[right] - y[left]).sum())
    spread = np.sqrt(count * (count - 1) * (2 * count + 5) / 18.0)
    z = (abs(score) - 1.0) / spread if spread > 0 else 0.0
    return theil_sen(series.week.astype(np.float64), y), bool(z > 1.959963984540054)


def halves(series: Weekly, at: int) -> tuple[Weekly, Weekly]:
    """Up to and from a week on."""
    early = series.week < at
    parts = [Weekly(series.week[rows], series.value[rows], series.cases[rows]) for rows in (early, ~early)]
    return parts[0], parts[1]

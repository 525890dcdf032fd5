"""Who comes and when: arrival times and case attributes, drawn before the run.

Rule kept: case number k always draws the same attributes and the same waiting since case k-1, whatever the process.
Arrivals are a Poisson process with a rate for each hour of the week and a drift, or, with gaps of their own, a renewal
process of the same rates; both drawn by inverting the cumulative rate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.calendars import intervals
from zaizao.problems import Problem, Text
from zaizao.simulation.draws import ARRIVAL, ATTRIBUTE, fractions, samples
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.keys import stable_key
from zaizao.simulation.people import hours_of_week
from zaizao.simulation.scenario import CaseAttribute, Condition, Distribution, Family, Scenario

_HOUR = 3_600_000_000
_FAMILIES = {family: number for number, family in enumerate(Family)}
_LONGEST_YEARS = 120
_SAMPLE = 4096


def arrivals(scenario: Scenario, cases: int, seed: np.uint64) -> NDArray[np.int64]:
    """Arrival times in µs UTC of ``cases`` cases, ascending."""
    rates = np.asarray(scenario.arrivals.hourly, dtype=np.float64)
    if len(rates) != 168 or (rates < 0).any() or rates.sum() <= 0 or not np.isfinite(rates).all():
        what = Text("到达率须为 168 个非负数且不全为零", "arrivals need 168 hourly rates, none below 0, not all 0")
        raise SimulationError(
            Problem(
                f"{scenario.name}: arrivals",
                what,
                Text("改正到达率", "correct the rates"),
                "simulation.arrivals",
            )
        )
    work = np.cumsum(_gaps(scenario.arrivals.gap, cases, seed))
    weeks = work[-1] / rates.sum() * 1.2 + 2
    while True:
        edges, cumulative = cumulative_rate(scenario, rates, int(weeks * 168))
        if cumulative[-1] > work[-1]:
            break
        if weeks > _LONGEST_YEARS * 53:
            what = Text("到达日历几乎不开放", "the arrival calendar is hardly ever open")
            remedy = Text("提高到达率或开放日历", "raise the rates or open the calendar")
            raise SimulationError(Problem(f"{scenario.name}: arrivals", what, remedy, "simulation.arrivals"))
        weeks *= max(1.3, min(work[-1] / max(cumulative[-1], 1e-9) * 1.1, 10.0))
    hour = np.searchsorted(cumulative, work, side="right") - 1
    share = (work - cumulative[hour]) / (cumulative[hour + 1] - cumulative[hour])
    return (edges[hour] + share * (edges[hour + 1] - edges[hour])).astype(np.int64)


def _gaps(gap: Distribution | None, cases: int, seed: np.uint64) -> NDArray[np.float64]:
    """What must pass between arrivals, in units of their mean; with a ``gap`` of its own the first comes at once."""
    if gap is None:
        return -np.log1p(-fractions(seed, stable_key("arrival"), ARRIVAL, cases))
    parameters = np.array(gap.parameters, dtype=np.float64)
    drawn = samples(seed, stable_key("arrival"), ARRIVAL, np.arange(cases), _FAMILIES[gap.family], parameters)
    mean = float(quantiles(gap, (np.arange(_SAMPLE) + 0.5) / _SAMPLE).mean())
    drawn = drawn / mean if mean > 0 else np.ones(cases)
    drawn[0] = 0.0
    return drawn


def cumulative_rate(
    scenario: Scenario, rates: NDArray[np.float64], hours: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edges of pieces of constant rate and the expected number of cases up to each."""
    first = scenario.start // _HOUR * _HOUR
    edges = first + np.arange(hours + 1, dtype=np.int64) * _HOUR
    hour_of_week = hours_of_week(edges[:-1], scenario.zone)
    edges[0] = scenario.start
    drift = np.maximum(1.0 + scenario.arrivals.drift, 0.0) ** (np.arange(hours) / 168)
    rate = rates[hour_of_week] * drift
    expected = rate * np.diff(edges) / _HOUR
    if scenario.arrivals.calendar is not None:
        calendar = scenario.calendars[scenario.arrivals.calendar]
        rows = intervals(calendar, int(edges[0]), int(edges[-1]))
        edges = np.sort(np.concatenate((edges, rows.ravel())))
        middle = (edges[:-1] + edges[1:]) // 2
        at = np.searchsorted(rows[:, 0], middle, side="right") - 1
        is_open = (at >= 0) & (middle < rows[np.maximum(at, 0), 1]) if len(rows) else np.zeros(len(middle), bool)
        hour = np.minimum((middle - first) // _HOUR, hours - 1)
        expected = rate[hour] * np.diff(edges) / _HOUR * is_open
    return edges, np.concatenate(([0.0], np.cumsum(expected)))


def attributes(scenario: Scenario, cases: int, seed: np.uint64) -> pl.DataFrame:
    """One row per case with the scenario's case attributes, drawn in their order."""
    columns: dict[str, pl.Series] = {}
    for attribute in scenario.attributes:
        values = _draw(attribute, np.arange(cases, dtype=np.int64), seed)
        done = np.zeros(cases, dtype=np.bool_)
        for condition, other in attribute.cases:
            chosen = holds(condition, pl.DataFrame(columns)) & ~done
            done |= chosen
            which = np.flatnonzero(chosen)
            values[which] = _draw(other, which, seed, attribute.name)
        if attribute.step > 0:
            values = np.round(np.round(values.astype(np.float64) / attribute.step) * attribute.step, 9)
        dtype = pl.Float64 if attribute.number is not None else pl.String
        columns[attribute.name] = pl.Series(attribute.name, values.tolist(), dtype=dtype)
    return pl.DataFrame(columns)


def _draw(attribute: CaseAttribute, cases: NDArray[np.int64], seed: np.uint64, name: str = "") -> NDArray[Any]:
    key = stable_key(name or attribute.name)
    if attribute.number is not None:
        parameters = np.array(attribute.number.parameters, dtype=np.float64)
        return samples(seed, key, ATTRIBUTE, cases, _FAMILIES[attribute.number.family], parameters)
    words = np.array(list(attribute.values), dtype=object)
    weights = np.cumsum(list(attribute.values.values()))
    if not len(words) or not weights[-1] > 0:
        what = Text(f"属性“{attribute.name}”没有取值", f"the attribute “{attribute.name}” has no values")
        remedy = Text("给出取值与权重", "give values with weights")
        raise SimulationError(Problem(attribute.name, what, remedy, "simulation.attribute"))
    uniform = samples(seed, key, ATTRIBUTE, cases, _FAMILIES[Family.UNIFORM], np.array([0.0, 1.0]))
    chosen = np.minimum(np.searchsorted(weights / weights[-1], uniform, side="right"), len(words) - 1)
    return words[chosen]


def holds(condition: Condition, table: pl.DataFrame) -> NDArray[np.bool_]:
    """For each case: does the condition hold? A missing value makes it false."""
    column = table.get_column(condition.attribute)
    if condition.values:
        return column.cast(pl.String).is_in(list(condition.values)).fill_null(False).to_numpy()
    true = pl.Series(np.ones(len(column), dtype=np.bool_))
    number = column.cast(pl.Float64, strict=False)
    if condition.low is not None:
        true = true & (number >= condition.low)
    if condition.high is not None:
        true = true & (number < condition.high)
    return (true & number.is_not_null()).fill_null(False).to_numpy()


def condition_bits(conditions: tuple[Condition, ...], table: pl.DataFrame, cases: int) -> NDArray[np.uint64]:
    """The conditions of each case as bits, 64 to a word."""
    words = np.zeros((cases, max(1, -(-len(conditions) // 64))), dtype=np.uint64)
    for number, condition in enumerate(conditions):
        bit = np.uint64(number % 64)
        words[:, number // 64] |= holds(condition, table).astype(np.uint64) << bit
    return words


def quantiles(distribution: Distribution, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of a distribution at probabilities ``at`` (rising); by a fixed sample, as the kernel draws it."""
    parameters = np.array(distribution.parameters, dtype=np.float64)
    cases = np.arange(_SAMPLE, dtype=np.int64)
    family = _FAMILIES[distribution.family]
    drawn = samples(np.uint64(0), stable_key("sample"), ATTRIBUTE, cases, family, parameters)
    return np.quantile(drawn, at)

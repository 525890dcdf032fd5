"""Value: which segment of the work to re-engineer first, ranked with reasons.

A segment is the cases that share a product, a channel, an amount band or a family of variants. Merit is volume × time
× cost, the three weighted as exponents and each measured against the mean of its kind; against it stand effort (how
many different ways the cases go) and risk (how large the amounts are, how rare the kind). Weights are a person's to
change; each rank carries its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog import EventLog
from zaizao.mining import cycle_times, variants
from zaizao.problems import Text
from zaizao.redesign.evidence import Basis, Evidence

BANDS = 4
MOST_VALUES = 20
"""A text column with more different values is an identifier, not a kind."""
SMALLEST = 0.01
"""Segments with a smaller share of the cases are left out."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Exponents of the merit's factors and weights of what stands against it."""

    volume: float = 1.0
    time: float = 1.0
    cost: float = 1.0
    effort: float = 0.5
    risk: float = 0.5


@dataclass(frozen=True, slots=True)
class Segment:
    """``cycle_time`` is the median and ``touch`` the mean working time, both seconds; ``cost`` fen per case (None where
    the log has none); ``effort`` and ``risk`` between 0 and 1; ``share_of_time`` the part of all cases' days spent."""

    dimension: str
    name: Text
    cases: int
    share: float
    cycle_time: float
    touch: float
    events_per_case: float
    cost: float | None
    share_of_time: float
    effort: float
    risk: float
    score: float
    reason: Text
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Valuation:
    """Segments, best candidate first, and the weights that ranked them."""

    segments: tuple[Segment, ...]
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class _PerCase:
    cycle: NDArray[np.float64]
    touch: NDArray[np.float64]
    events: NDArray[np.int64]
    cost: NDArray[np.float64] | None
    variant: NDArray[np.int64]
    amount: NDArray[np.float64] | None


def value(log: EventLog, *, weights: Weights | None = None, marks: Mapping[str, float] | None = None) -> Valuation:
    """Rank the segments of an activity log. ``marks`` are a person's factors on a segment (its English name)."""
    chosen = weights or Weights()
    facts = _per_case(log)
    found = [
        _segment(facts, dimension, name, members, chosen, (marks or {}).get(name.en, 1.0))
        for dimension, name, members in _segments(log)
        if members.mean() >= SMALLEST
    ]
    return Valuation(tuple(sorted(found, key=lambda one: (-one.score, one.name.en))), chosen)


def _per_case(log: EventLog) -> _PerCase:
    first = log.offsets[:-1]
    known = log.start != np.iinfo(np.int64).min
    work = np.where(known, log.end - log.start, 0) / 1e6
    cost = None
    if "cost" in log.event_table.columns:
        fen = log.event_table["cost"].fill_null(0).to_numpy().astype(np.float64)
        cost = np.add.reduceat(fen, first) if log.events else np.zeros(0)
    numbers = [name for name in log.case_table.columns if log.case_table[name].dtype.is_numeric()]
    amount = log.case_table[numbers[0]].cast(pl.Float64).fill_null(0.0).to_numpy() if numbers else None
    return _PerCase(
        cycle=cycle_times(log) / 1e6,
        touch=np.add.reduceat(work, first) if log.events else np.zeros(0),
        events=np.diff(log.offsets),
        cost=cost,
        variant=np.asarray(variants(log).of_case, dtype=np.int64),
        amount=amount,
    )


def _segments(log: EventLog) -> list[tuple[str, Text, NDArray[np.bool_]]]:
    """(dimension, name, which cases) of every kind that the log's case attributes and variants distinguish."""
    found: list[tuple[str, Text, NDArray[np.bool_]]] = []
    table = log.case_table
    for column in table.columns:
        series = table[column]
        if series.dtype.is_numeric():
            found += _bands(column, series.cast(pl.Float64).fill_null(float("nan")).to_numpy())
        elif series.dtype in (pl.String, pl.Categorical, pl.Boolean) and 1 < series.n_unique() <= MOST_VALUES:
            text = series.cast(pl.String)
            for name in sorted(text.drop_nulls().unique().to_list()):
                members = (text == name).fill_null(False).to_numpy()
                found.append((column, Text.both(f"{column} = {name}"), members))
    found += _families(log)
    return found


def _bands(column: str, numbers: NDArray[np.float64]) -> list[tuple[str, Text, NDArray[np.bool_]]]:
    clean = numbers[np.isfinite(numbers)]
    if len(np.unique(clean)) < BANDS * 2:
        return []
    edges = np.unique(np.quantile(clean, np.linspace(0, 1, BANDS + 1)))
    found = []
    for position, (low, high) in enumerate(pairwise(edges.tolist())):
        last = position == len(edges) - 2
        members = (numbers >= low) & ((numbers <= high) if last else (numbers < high))
        found.append((column, Text.both(f"{column} {low:,.0f}–{high:,.0f}"), members))
    return found


def _families(log: EventLog) -> list[tuple[str, Text, NDArray[np.bool_]]]:
    """Families of variants by how the case ends: cases whose last activity is the same."""
    last = log.activity[log.offsets[1:] - 1] if log.events else np.zeros(0, dtype=np.int32)
    if len(np.unique(last)) > MOST_VALUES:
        common = np.bincount(last).argsort()[::-1][:MOST_VALUES]
    else:
        common = np.unique(last)
    found = []
    for code in sorted(common.tolist()):
        name = log.activity_names[code]
        found.append(("variant", Text(f"以“{name}”结束的案例", f'cases that end with "{name}"'), last == code))
    return found


def _segment(
    facts: _PerCase,
    dimension: str,
    name: Text,
    members: NDArray[np.bool_],
    weights: Weights,
    mark: float,
) -> Segment:
    cycle, share = facts.cycle[members], float(members.mean())
    of_time = float(cycle.sum() / max(facts.cycle.sum(), 1e-9))
    touch = float(facts.touch[members].mean())
    cost = None if facts.cost is None else float(facts.cost[members].mean())
    dear = facts.cost if facts.cost is not None else (facts.touch if facts.touch.any() else facts.events)
    relative_cost = float(dear[members].mean() / max(dear.mean(), 1e-9))
    relative_time = float(cycle.mean() / max(facts.cycle.mean(), 1e-9))
    ways = len(np.unique(facts.variant[members]))
    effort = float(np.log1p(ways) / np.log1p(max(int(members.sum()), 2)))
    risk = _risk(facts.amount, members)
    merit = (share**weights.volume) * (relative_time**weights.time) * (relative_cost**weights.cost)
    score = mark * merit / (1.0 + weights.effort * effort + weights.risk * risk)
    days = float(np.median(cycle)) / 86400
    reason = Text(
        f"占案例 {share:.0%}、总耗时 {of_time:.0%}；中位 {days:.1f} 天；{ways} 种走法，"
        f"难度 {effort:.2f}，风险 {risk:.2f}",
        f"{share:.0%} of the cases and {of_time:.0%} of all time; median {days:.1f} d; {ways} ways through, "
        f"effort {effort:.2f}, risk {risk:.2f}",
    )
    return Segment(
        dimension=dimension,
        name=name,
        cases=int(members.sum()),
        share=share,
        cycle_time=float(np.median(cycle)),
        touch=touch,
        events_per_case=float(facts.events[members].mean()),
        cost=cost,
        share_of_time=of_time,
        effort=effort,
        risk=risk,
        score=score,
        reason=reason,
        evidence=Evidence(Basis.LOG, Text(f"日志中 {name.zh}", f"log where {name.en}")),
    )


def _risk(amount: NDArray[np.float64] | None, members: NDArray[np.bool_]) -> float:
    """Share of the segment's cases above the log's 90th percentile of the amount, plus how rare the segment is."""
    rare = 0.2 * (1.0 - float(members.mean()))
    if amount is None or not np.isfinite(amount).any():
        return rare
    return min(1.0, 0.8 * float(np.mean(amount[members] > np.nanquantile(amount, 0.9))) + rare)

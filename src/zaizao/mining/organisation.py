"""Hand-overs of work between people, and between activities.

Rule kept: work is handed over when the row that enables a row was done by another resource. A missing resource is
counted apart and never guessed. Waiting is enabled → start in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.spread import Bool, Float64, Int32, Int64, Spread, by_group


@dataclass(frozen=True, slots=True, eq=False)
class HandOvers:
    """Work passed from one row to the row it enables.

    ``giver``/``taker``/``count``/``waiting``: between resources (codes of ``resources``), giver ≠ taker, most frequent
    first. ``source``/``target``/``passed``/``handed``/``unknown``: between activities (codes of ``activities``), how
    often work went along, how often the resource changed, how often one of the two was not recorded. ``ping_pong``
    is the share of hand-overs that come straight back.
    """

    resources: tuple[str, ...]
    activities: tuple[str, ...]
    giver: Int32
    taker: Int32
    count: Int64
    waiting: Spread
    source: Int32
    target: Int32
    passed: Int64
    handed: Int64
    unknown: Int64
    edge_waiting: Spread
    ping_pong: float

    @property
    def share(self) -> Float64:
        """Per activity pair: share of known passings that changed hands (not-a-number where none is known)."""
        known = (self.passed - self.unknown).astype(np.float64)
        share: Float64 = np.full(len(known), np.nan)
        np.divide(self.handed, known, out=share, where=known > 0)
        return share


def hand_overs(log: EventLog, enabled: Enablement | None = None) -> HandOvers:
    """Hand-overs between resources and between activities."""
    enabling = enablement(log) if enabled is None else enabled
    rows = np.flatnonzero(enabling.by >= 0)
    before = enabling.by[rows]
    waited = enabling.waiting(log)[rows]
    give, get = log.resource[before], log.resource[rows]
    known = (give != MISSING) & (get != MISSING)
    changed = known & (give != get)
    people = max(len(log.resource_names), 1)
    pair, count, group = _grouped(give[changed].astype(np.int64) * people + get[changed])
    size = max(len(log.activity_names), 1)
    edge, passed, edge_group = _grouped(log.activity[before].astype(np.int64) * size + log.activity[rows])
    return HandOvers(
        resources=log.resource_names,
        activities=log.activity_names,
        giver=(pair // people).astype(np.int32),
        taker=(pair % people).astype(np.int32),
        count=count,
        waiting=_spread(group, waited[changed], len(pair)),
        source=(edge // size).astype(np.int32),
        target=(edge % size).astype(np.int32),
        passed=passed,
        handed=np.bincount(edge_group[changed], minlength=len(edge)).astype(np.int64),
        unknown=np.bincount(edge_group[~known], minlength=len(edge)).astype(np.int64),
        edge_waiting=_spread(edge_group, waited, len(edge)),
        ping_pong=_returned(enabling.by, rows, changed, log.resource),
    )


def _grouped(codes: Int64) -> tuple[Int64, Int64, Int32]:
    """Distinct codes by falling frequency, their counts, and each row's place among them."""
    names, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return names[order], counts[order].astype(np.int64), rank[inverse]


def _spread(group: Int32, waited: Int64, groups: int) -> Spread:
    known = waited != MISSING_TIME
    return by_group(group[known], waited[known], groups)


def _returned(by: Int64, rows: Int64, changed: Bool, resource: Int32) -> float:
    """Share of hand-overs a → b followed by b → a."""
    handed = rows[changed]
    giver = by[handed]
    earlier = by[giver]
    back = (earlier >= 0) & (resource[earlier] == resource[handed])
    return float(back.mean()) if len(handed) else 0.0

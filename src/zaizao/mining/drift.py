"""Drift: when the process changed, and what changed.

Rule kept: cases in order of arrival; the place that splits their paths (directly-follows counts) or their cycle times
best is a change point if it would be surprising at 1 % even after looking at every place (Bonferroni over places); each
side is then looked at again (binary segmentation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.comparison import Difference, compare
from zaizao.mining.flow import followed
from zaizao.mining.overview import cycle_times
from zaizao.mining.process_map import only
from zaizao.mining.spread import Bool, Float64, Int64
from zaizao.mining.statistics import chi_square_tail, superiority

_PLACES = 60
_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Drift:
    """A change point at ``at`` (µs UTC, the arrival of the first case after it); ``changes`` are the significant ones."""

    at: int
    cases_before: int
    cases_after: int
    p: float
    changes: tuple[Difference, ...]


def drift(log: EventLog, *, least: int = 100) -> list[Drift]:
    """Change points of ``log`` in order of time; each side has at least ``least`` cases."""
    if log.cases < 2 * least:
        return []
    begin = np.where(log.start == MISSING_TIME, log.end, np.minimum(log.start, log.end))
    arrival = np.minimum.reduceat(begin, log.offsets[:-1])
    order = np.argsort(arrival, kind="stable")
    profile = _profile(log)[order]
    duration = cycle_times(log)[order].astype(np.float64)
    points = sorted(_search(profile, duration, 0, log.cases, least))
    bounds = [0, *(place for place, _ in points), log.cases]
    found = []
    for number, (place, p) in enumerate(points, start=1):
        before = order[bounds[number - 1] : place]
        after = order[place : bounds[number + 1]]
        changes = compare(_cases(log, before), _cases(log, after)).differences
        significant = tuple(change for change in changes if change.significant)
        found.append(Drift(int(arrival[order[place]]), len(before), len(after), p, significant))
    return found


def _search(profile: Int64, duration: Float64, low: int, high: int, least: int) -> list[tuple[int, float]]:
    if high - low < 2 * least:
        return []
    places = np.unique(np.linspace(low + least, high - least, _PLACES).astype(np.int64))
    running = np.cumsum(profile[low:high], axis=0)
    scores = []
    for place in places.tolist():
        left = running[place - low - 1]
        paths = _paths_changed(left, running[-1] - left)
        _, times = superiority(duration[low:place], duration[place:high])
        scores.append(min(paths, times))
    best = int(np.argmin(scores))
    # Two statistics at each of the places were looked at.
    p = min(1.0, scores[best] * 2 * len(places))
    if p >= _LEVEL:
        return []
    at = int(places[best])
    left_side = _search(profile, duration, low, at, least)
    return [*left_side, (at, p), *_search(profile, duration, at, high, least)]


def _profile(log: EventLog) -> Int64:
    """One row a case: which activities and which of the 100 commonest pairs it has (once each, so cases count once)."""
    size = len(log.activity_names)
    pairs = (log.activity[:-1].astype(np.int64) * size + log.activity[1:])[followed(log)]
    owner = log.case[1:][followed(log)]
    codes, inverse, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    place = np.full(len(codes), -1, dtype=np.int64)
    common = np.argsort(-counts, kind="stable")[:100]
    place[common] = np.arange(len(common))
    chosen = place[inverse] >= 0
    profile = np.zeros((log.cases, len(common)), dtype=np.int64)
    profile[owner[chosen], place[inverse][chosen]] = 1
    return profile


def _paths_changed(left: Int64, right: Int64) -> float:
    """p-value that both sides take the same paths (G test; pairs with few expected counts are left out)."""
    total_left, total_right = left.sum(), right.sum()
    both = left + right
    if not total_left or not total_right:
        return 1.0
    expected_left = both * total_left / both.sum()
    expected_right = both * total_right / both.sum()
    enough = (expected_left >= 5) & (expected_right >= 5)
    terms = [
        np.where(seen > 0, seen * np.log(np.where(seen > 0, seen, 1) / expected), 0.0)[enough].sum()
        for seen, expected in ((left, np.maximum(expected_left, 1e-12)), (right, np.maximum(expected_right, 1e-12)))
    ]
    return chi_square_tail(2.0 * float(sum(terms)), int(enough.sum()) - 1)


def _cases(log: EventLog, cases: Int64) -> EventLog:
    wanted: Bool = np.zeros(log.cases, dtype=np.bool_)
    wanted[cases] = True
    return only(log, wanted[log.case])

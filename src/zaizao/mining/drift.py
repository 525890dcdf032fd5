"""Drift: when the process changed, and what changed.

Rule kept: cases in order of arrival; the place that splits their paths (directly-follows counts) or their cycle times
best is a change point if it would be surprising at 1 % even after looking at every place (Bonferroni over places), and
even though neighbouring cases resemble each other; each side is then looked at again (binary segmentation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.comparison import Difference, compare
from zaizao.mining.flow import followed
from zaizao.mining.overview import cycle_times
from zaizao.mining.selection import only_cases
from zaizao.mining.spread import Float64, Int64
from zaizao.mining.statistics import chi_square_tail, mid_ranks, tail

_PLACES = 60
_LEVEL = 0.01
_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Drift:
    """A change at ``at`` (µs UTC, arrival of the first case after it); ``changes`` are the significant ones."""

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
        changes = compare(only_cases(log, before), only_cases(log, after)).differences
        significant = tuple(change for change in changes if change.significant)
        found.append(Drift(int(arrival[order[place]]), len(before), len(after), p, significant))
    return found


def _search(profile: Int64, duration: Float64, low: int, high: int, least: int) -> list[tuple[int, float]]:
    if high - low < 2 * least:
        return []
    places = np.unique(np.linspace(low + least, high - least, _PLACES).astype(np.int64)).tolist()
    running = np.cumsum(profile[low:high], axis=0)
    ranks = mid_ranks(duration[low:high])
    paths = [_paths_changed(running[at - low - 1], running[-1] - running[at - low - 1], 1.0) for at in places]
    times = [_times_changed(ranks, at - low, 1.0) for at in places]
    by_paths = places[int(np.argmin(paths))]
    left = running[by_paths - low - 1]
    shared = float(np.mean([_inflation(column, by_paths - low) for column in profile[low:high].T[:_SAMPLE]]))
    by_times = places[int(np.argmin(times))]
    scores = [
        (_paths_changed(left, running[-1] - left, shared), by_paths),
        (_times_changed(ranks, by_times - low, _inflation(ranks, by_times - low)), by_times),
    ]
    lowest, at = min(scores)
    p = min(1.0, lowest * 2 * len(places))
    if p >= _LEVEL:
        return []
    return [
        *_search(profile, duration, low, at, least),
        (at, p),
        *_search(profile, duration, at, high, least),
    ]


def _inflation(values: Float64 | Int64, at: int) -> float:
    """How many dependent cases count as one: neighbours resemble each other where they share a queue.

    (1 + ρ) / (1 − ρ) for the lag-one correlation ρ within both sides of the cut.
    """
    left = values.astype(np.float64)
    left[:at] -= left[:at].mean()
    left[at:] -= left[at:].mean()
    spread = float((left * left).sum())
    if spread == 0:
        return 1.0
    resemblance = min(max(float((left[1:] * left[:-1]).sum()) / spread, 0.0), 0.99)
    return (1 + resemblance) / (1 - resemblance)


def _times_changed(ranks: Float64, at: int, inflation: float) -> float:
    """p-value that the ranks before and after ``at`` are alike (Mann and Whitney's test on effective sizes)."""
    size = len(ranks)
    mean = at * (size + 1) / 2
    spread = np.sqrt(at * (size - at) / size * float(ranks.var(ddof=1)) * inflation)
    return tail((float(ranks[:at].sum()) - mean) / float(spread)) if spread > 0 else 1.0


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


def _paths_changed(left: Int64, right: Int64, inflation: float) -> float:
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
    return chi_square_tail(2.0 * float(sum(terms)) / inflation, int(enough.sum()) - 1)

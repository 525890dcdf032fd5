"""The rungs below the key: equal amounts in a window, runs of consecutive rows, bounded subsets; else suggestions.

Rule kept: what is accepted is the only solution of its rung within the window, shares no row with another solution, and
accidents like it are expected fewer than ``hits`` times among all targets of its partition. All else is a suggestion
for a person. A row of one side is the target, rows of the other side within ``window`` days are the candidates; nothing
crosses a partition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zaizao.centres.reconciliation.chance import Amounts, Int64, expected_hits, run_sums, subset_sums
from zaizao.centres.reconciliation.model import Model


class Rung(StrEnum):
    """How rows without a common key were found to belong together."""

    AMOUNT = "equal amount"
    RUN = "run"
    SUBSET = "subset"


class Doubt(StrEnum):
    """Why a solution is only suggested."""

    SEVERAL = "several solutions"
    SHARED = "shares rows with another solution"
    ACCIDENT = "may be accidental"


@dataclass(frozen=True, slots=True)
class Solution:
    """Rows of both sides (by their number) that add up to the same; ``hits``: accidents to expect in the partition."""

    rung: Rung
    left: tuple[int, ...]
    right: tuple[int, ...]
    hits: float
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """The open rows of one side in one partition: row numbers, amounts and days, sorted by day and row."""

    rows: Int64
    amounts: Int64
    days: Int64

    def within(self, day: int, window: int) -> slice:
        """The places of the rows within ``window`` days of ``day``."""
        low, high = np.searchsorted(self.days, (day - window, day + window + 1))
        return slice(int(low), int(high))

    def without(self, gone: set[int]) -> Open:
        """The rows that are still open."""
        if not gone:
            return self
        keep = np.array([int(row) not in gone for row in self.rows], dtype=bool)
        return Open(self.rows[keep], self.amounts[keep], self.days[keep])


def solve(model: Model, left: Open, right: Open, common: tuple[Amounts, Amounts]) -> list[Solution]:
    """All solutions of one partition, accepted (no doubt) and suggested, rung by rung."""
    found: list[Solution] = []
    targets = len(left.rows) + len(right.rows)
    for rung in Rung:
        if not len(left.rows) or not len(right.rows):
            break
        if rung is Rung.AMOUNT:
            tried = list(_equal(model, left, right, common))
        else:
            ways = _ways_of_runs if rung is Rung.RUN else _ways_of_subsets
            tried = [
                solution if side else Solution(rung, solution.right, solution.left, solution.hits, solution.doubt)
                for side, (one, other) in enumerate(((right, left), (left, right)))
                for solution in ways(model, one, other)
            ]
        settled = _apart(model, tried, targets)
        accepted = [one for one in settled if one.doubt is None]
        left = left.without({row for one in accepted for row in one.left})
        right = right.without({row for one in accepted for row in one.right})
        found += settled
    gone = [{row for one in found if one.doubt is None for row in side(one)} for side in (_left, _right)]
    return [
        one for one in found if one.doubt is None or (gone[0].isdisjoint(one.left) and gone[1].isdisjoint(one.right))
    ]


def _left(one: Solution) -> tuple[int, ...]:
    return one.left


def _right(one: Solution) -> tuple[int, ...]:
    return one.right


def _apart(model: Model, tried: list[Solution], targets: int) -> list[Solution]:
    """The solutions with their last doubts: rows that two of them claim, accidents that are to be expected.

    Each of the partition's ``targets`` is one more chance of an accident, so accidents are counted over all of them.
    """
    claims = (
        Counter(row for one in tried for row in one.left),
        Counter(row for one in tried for row in one.right),
    )
    settled = []
    for one in tried:
        doubt, hits = one.doubt, one.hits * targets
        if doubt is None and any(claims[0][row] > 1 for row in one.left) | any(claims[1][row] > 1 for row in one.right):
            doubt = Doubt.SHARED
        if doubt is None and hits >= model.hits:
            doubt = Doubt.ACCIDENT
        settled.append(Solution(one.rung, one.left, one.right, hits, doubt))
    return settled


def _equal(model: Model, left: Open, right: Open, common: tuple[Amounts, Amounts]) -> Iterator[Solution]:
    """Each left row with the right rows of its amount within the window; several are one doubtful solution."""
    order = np.argsort(right.amounts, kind="stable")
    amounts = right.amounts[order]
    lows = np.searchsorted(amounts, left.amounts, side="left")
    highs = np.searchsorted(amounts, left.amounts, side="right")
    for place in np.flatnonzero(highs > lows):
        day, amount = int(left.days[place]), int(left.amounts[place])
        same = order[lows[place] : highs[place]]
        same = same[np.abs(right.days[same] - day) <= model.window]
        if not len(same) or amount == 0:
            continue
        row = (int(left.rows[place]),)
        if len(same) > 1:
            yield Solution(Rung.AMOUNT, row, tuple(int(right.rows[n]) for n in same[:20]), 1.0, Doubt.SEVERAL)
            continue
        partner = int(same[0])
        rivals = (left.within(int(right.days[partner]), model.window), right.within(day, model.window))
        hits = max(
            (rival.stop - rival.start) * amounts_of.probability(amount)
            for rival, amounts_of in zip(rivals, common, strict=True)
        )
        yield Solution(Rung.AMOUNT, row, (int(right.rows[partner]),), hits)


def _targets(model: Model, one: Open, other: Open, rung: Rung) -> Iterator[tuple[int, int, Int64]]:
    """Row and amount of each target in ``one``, with the places of its candidates in ``other``, where few enough."""
    lows = np.searchsorted(other.days, one.days - model.window, side="left")
    highs = np.searchsorted(other.days, one.days + model.window, side="right")
    # Whether there are few enough is only known after the parts that cannot be are gone: but not among thousands.
    most, reach = (model.runs, model.runs) if rung is Rung.RUN else (model.items, 50 * model.items)
    counts = highs - lows
    for place in np.flatnonzero((counts >= 2) & (counts <= reach) & (one.amounts != 0)):
        amount = int(one.amounts[place])
        candidates = np.arange(lows[place], highs[place])
        if rung is Rung.SUBSET:  # parts of a sum have its sign; runs are taken as they stand
            parts = other.amounts[candidates]
            candidates = candidates[(np.sign(parts) == np.sign(amount)) & (np.abs(parts) <= abs(amount))]
        if 2 <= len(candidates) <= most:
            yield int(one.rows[place]), amount, candidates


def _ways_of_runs(model: Model, one: Open, other: Open) -> Iterator[Solution]:
    for row, amount, candidates in _targets(model, one, other, Rung.RUN):
        sums, begins, ends = run_sums(other.amounts[candidates])
        hits = np.flatnonzero(sums == amount)
        if len(hits):
            chosen = candidates[begins[hits[0]] : ends[hits[0]]]
            yield from _solution(Rung.RUN, row, other.rows[chosen], expected_hits(sums, amount), len(hits))


def _ways_of_subsets(model: Model, one: Open, other: Open) -> Iterator[Solution]:
    for row, amount, candidates in _targets(model, one, other, Rung.SUBSET):
        sums = subset_sums(other.amounts[candidates])
        hits = np.flatnonzero(sums == amount)
        if len(hits):
            chosen = candidates[(int(hits[0]) >> np.arange(len(candidates))) & 1 == 1]
            yield from _solution(Rung.SUBSET, row, other.rows[chosen], expected_hits(sums, amount), len(hits))


def _solution(rung: Rung, target: int, rows: Int64, expected: float, ways: int) -> Iterator[Solution]:
    if len(rows) == 1:
        return  # equal amounts, which their own rung found doubtful
    parts = tuple(int(row) for row in rows)
    yield Solution(rung, (target,), parts, expected, Doubt.SEVERAL if ways > 1 else None)

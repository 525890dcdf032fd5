"""How many accidental hits to expect: the reason why equal amounts are not always the same matter.

Rule kept: a match without a common key is accepted only if it is the one solution among all that were possible, and
unrelated amounts would be expected to give fewer than ``hits`` solutions. Estimates err on the side of more: round
amounts count as being as common as round amounts are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]

_LATTICES = tuple(10**power for power in range(1, 9))


class Amounts:
    """How common amounts are on one side, from a sample of all its amounts."""

    def __init__(self, sample: Int64) -> None:
        self._sorted = np.sort(sample)

    def probability(self, amount: int) -> float:
        """The chance that an unrelated row has exactly ``amount``, by its like in size and by its exact twins."""
        count = len(self._sorted)
        reach = max(1, abs(amount) // 4)
        low, high = np.searchsorted(self._sorted, (amount - reach, amount + reach + 1))
        twins = np.diff(np.searchsorted(self._sorted, (amount, amount + 1)))[0]
        near = (high - low + 1) / (count + 1) / (2 * reach + 1)
        return float(max(near, (twins - 1) / max(1, count)))


def subset_sums(items: Int64) -> Int64:
    """The sums of all subsets; place ``m`` holds that of the items whose bits are set in ``m`` (0 the empty one)."""
    sums = np.zeros(1, dtype=np.int64)
    for item in items:
        sums = np.concatenate((sums, sums + item))
    return sums


def run_sums(items: Int64) -> tuple[Int64, Int64, Int64]:
    """The sums of all runs of consecutive items, with where each run begins and ends (end excluded)."""
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(items)))
    begins, ends = np.triu_indices(len(before), k=1)
    return before[ends] - before[begins], begins, ends


def expected_hits(sums: Int64, target: int) -> float:
    """How many of ``sums`` would hit ``target`` by accident, from how densely they lie around it.

    On the numbers that are as round as ``target`` they may lie denser: the densest of its roundings counts.
    """
    reach = max(8, abs(target) // 4)
    near = sums[(np.abs(sums - target) <= reach) & (sums != target)]
    expected = (len(near) + 0.5) / (2 * reach)
    for lattice in _LATTICES:
        if target % lattice or lattice > reach:
            break
        expected = max(expected, float(np.count_nonzero(near % lattice == 0)) * lattice / (2 * reach))
    return expected

"""Variants: the distinct activity sequences of a log, and which case follows which.

Rule kept: exact. Sequences are grouped by a 64-bit polynomial hash and then compared event by event with their
group's first case; a collision (never seen, but possible) is resolved by hashing again with another base. Every
later analysis works per variant, so its time follows the number of variants, not of cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zaizao.eventlog import EventLog
from zaizao.mining.spread import Int32, Int64

UInt64 = NDArray[np.uint64]

_BASES = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Variants by falling frequency, ties by first appearance.

    Variant ``v`` is the activity codes ``steps[offsets[v]:offsets[v + 1]]``, followed by ``count[v]`` cases, the first
    of which is case ``first[v]``. ``of_case`` has each case's variant.
    """

    activities: tuple[str, ...]
    steps: Int32
    offsets: Int64
    count: Int64
    of_case: Int32
    first: Int64

    def __len__(self) -> int:
        return len(self.count)

    def sequence(self, variant: int) -> tuple[str, ...]:
        """The activity names of one variant in order."""
        return tuple(self.activities[a] for a in self.codes(variant).tolist())

    def codes(self, variant: int) -> Int32:
        """The activity codes of one variant in order."""
        return self.steps[self.offsets[variant] : self.offsets[variant + 1]]

    def coverage(self) -> NDArray[np.float64]:
        """Share of all cases that the first 1, 2, … variants cover."""
        return np.cumsum(self.count) / max(int(self.count.sum()), 1)


def variants(log: EventLog) -> Variants:
    """The variants of ``log`` by falling frequency."""
    first, count, of_case = distinct(log.activity, log.offsets)
    steps, offsets = take(log.activity, log.offsets, first)
    return Variants(log.activity_names, steps, offsets, count, of_case, first)


def distinct(
    steps: NDArray[np.integer], offsets: Int64, weight: Int64 | None = None
) -> tuple[Int64, Int64, NDArray[np.int32]]:
    """Distinct sequences of ``steps`` cut at ``offsets``.

    Returns the first sequence of each group, the groups' sizes (sums of ``weight`` where given), and each sequence's
    group; groups by falling size, ties by first appearance.
    """
    for base in _BASES:
        hashes = _hashes(steps, offsets, base)
        _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        if _equal_to(steps, offsets, first[inverse]):
            break
    else:  # pragma: no cover - four independent 64-bit collisions
        raise AssertionError("four hash bases collided")
    sums = np.bincount(inverse, weights=weight, minlength=len(first)).astype(np.int64)
    order = np.lexsort((first, -sums))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return first[order].astype(np.int64), sums[order], rank[inverse]


def take(steps: NDArray[np.int32], offsets: Int64, chosen: Int64) -> tuple[Int32, Int64]:
    """The sequences ``chosen`` (in that order) as steps and offsets of their own."""
    lengths = (offsets[1:] - offsets[:-1])[chosen]
    bounds = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    places = np.arange(bounds[-1], dtype=np.int64) + np.repeat(offsets[chosen] - bounds[:-1], lengths)
    return steps[places], bounds


def _hashes(steps: NDArray[np.integer], offsets: Int64, base: int) -> UInt64:
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=0))
    powers = np.ones(longest + 1, dtype=np.uint64)
    powers[1:] = np.uint64(base)
    powers = np.cumprod(powers, dtype=np.uint64)
    # Large logs: as few columns as can be are alive at once.
    small: type[np.signedinteger] = np.int32 if len(steps) <= np.iinfo(np.int32).max else np.int64
    position: NDArray[np.signedinteger] = np.arange(len(steps), dtype=small)
    np.subtract(position, np.repeat(offsets[:-1].astype(small), lengths), out=position)
    names = _mixed(int(steps.max(initial=-1)) + 2)
    terms = names[steps]
    terms *= powers[position]
    del position
    sums = np.zeros(len(steps) + 1, dtype=np.uint64)
    np.cumsum(terms, dtype=np.uint64, out=sums[1:])
    hashes: UInt64 = sums[offsets[1:]] - sums[offsets[:-1]] + powers[lengths] * names[-1]
    return hashes


def _mixed(size: int) -> UInt64:
    """One well-spread 64-bit word a code (the finaliser of splitmix64)."""
    word = np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def _equal_to(steps: NDArray[np.integer], offsets: Int64, representative: Int64) -> bool:
    lengths = np.diff(offsets)
    if not np.array_equal(lengths, lengths[representative]):
        return False
    there = np.repeat(offsets[:-1][representative] - offsets[:-1], lengths)
    there += np.arange(len(steps), dtype=np.int64)
    return bool(np.array_equal(steps, steps[there]))

"""How large a pilot must be before its result means something.

Rule kept: no assumption on the shape of cycle times. The chance that a case of the new process is faster than one of
the old is taken from two logs; the number of cases follows Noether (1987), "Sample size determination for some common
nonparametric tests": N = (z₁₋α⸝₂ + z₁₋β)² / (12 c (1 − c) (p − ½)²), with a share c of the cases in the pilot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
LEAST_CASES = 40
"""Below this the normal approximation behind the formula does not hold; never advise less."""


@dataclass(frozen=True, slots=True)
class PilotSize:
    """``faster``: chance that a new case beats an old one; ``cases`` in pilot and control together; ``weeks`` to see
    them at the log's arrivals; ``share`` of the cases that go the new way."""

    faster: float
    cases: int
    weeks: float
    share: float
    power: float
    level: float


def pilot_size(
    before: Float64,
    after: Float64,
    arrivals_per_week: float,
    *,
    share: float = 0.5,
    power: float = 0.8,
    level: float = 0.05,
) -> PilotSize | None:
    """Cases and weeks that a pilot needs to show the change; ``None`` where the two samples do not differ.

    ``before`` and ``after`` are cycle times in seconds; ``level`` is two-sided.
    """
    if not len(before) or not len(after) or arrivals_per_week <= 0:
        return None
    faster = superiority(before, after)
    if abs(faster - 0.5) < 1e-3:
        return None
    normal = NormalDist()
    reach = normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power)
    wanted = reach**2 / (12 * share * (1 - share) * (faster - 0.5) ** 2)
    cases = max(math.ceil(wanted), LEAST_CASES)
    return PilotSize(faster, cases, cases / arrivals_per_week, share, power, level)


def superiority(before: Float64, after: Float64) -> float:
    """P(after < before) + ½ P(equal), by ranks."""
    ordered = np.sort(before)
    above = len(ordered) - np.searchsorted(ordered, after, side="right")
    equal = np.searchsorted(ordered, after, side="right") - np.searchsorted(ordered, after, side="left")
    return float((above + equal / 2).sum() / (len(ordered) * len(after)))

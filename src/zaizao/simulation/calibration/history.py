"""Choices and delays that hang on what a case did last: the pasts worth telling apart.

A past is kept where it tells more than the shorter past it extends: by the likelihood it adds for choices, by the spread
it takes away for delays, each against a penalty per number that it needs. Weights lean on those of the shorter past
(a few cases' worth), so that a rare past is no certainty.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.calibration.fitting import empirical
from zaizao.simulation.scenario import After

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
LEAST_CHOICES = 5
LEAST_DELAYS = 25
LEAN = 1.0
"""Cases' worth of the shorter past's weights."""
MOST = 400
"""Pasts of one choice at most, the most frequent first."""


def groups(past: Int64, length: int) -> list[tuple[tuple[int, ...], Int64]]:
    """Rows by their last ``length`` activities (latest first), those with so many; the most frequent first."""
    long = np.flatnonzero(past[:, length - 1] >= 0)
    if not len(long):
        return []
    keys, place = np.unique(past[long, :length], axis=0, return_inverse=True)
    place = place.ravel()
    order = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[order], np.arange(len(keys) + 1))
    found = [
        (tuple(int(code) for code in keys[at]), long[order[bounds[at] : bounds[at + 1]]]) for at in range(len(keys))
    ]
    return sorted(found, key=lambda pair: (-len(pair[1]), pair[0]))


def weights_after(past: Int64, chosen: Int64, ids: list[str], names: tuple[str, ...], memory: int) -> tuple[After, ...]:
    """The weights of a choice by what the case did last."""
    options = len(ids)
    if not len(chosen):
        return ()
    known: dict[tuple[int, ...], Float64] = {(): np.bincount(chosen, minlength=options) / len(chosen)}
    found: list[After] = []
    for length in range(1, memory + 1):
        for key, rows in groups(past, length)[:MOST]:
            parent = next(known[key[:cut]] for cut in range(length - 1, -1, -1) if key[:cut] in known)
            counts = np.bincount(chosen[rows], minlength=options).astype(np.float64)
            shares = (counts + LEAN * parent) / (len(rows) + LEAN)
            with np.errstate(divide="ignore", invalid="ignore"):
                gain = float(np.where(counts > 0, counts * np.log(shares / np.maximum(parent, 1e-12)), 0.0).sum())
            if len(rows) < LEAST_CHOICES or gain < 1.0 + 0.5 * (options - 1):
                continue
            known[key] = shares
            weights = {flow: round(float(share), 6) for flow, share in zip(ids, shares, strict=True) if share > 0}
            found.append(After(tuple(names[code] for code in reversed(key)), weights))
    return tuple(found)


def delays_after(past: Int64, waited: Float64, names: tuple[str, ...], memory: int) -> tuple[After, ...]:
    """The delays of an activity by what the case did last."""
    if len(waited) < 2 * LEAST_DELAYS:
        return ()
    logs = np.log1p(waited)
    known: dict[tuple[int, ...], tuple[float, float]] = {(): (float(logs.mean()), float(logs.var()) + 1e-9)}
    found: list[After] = []
    for length in range(1, memory + 1):
        for key, rows in groups(past, length)[:MOST]:
            if len(rows) < LEAST_DELAYS:
                continue
            centre, spread = next(known[key[:cut]] for cut in range(length - 1, -1, -1) if key[:cut] in known)
            mean, variance = float(logs[rows].mean()), float(logs[rows].var()) + 1e-9
            gain = (
                len(rows) * ((mean - centre) ** 2 / spread + variance / spread - 1.0 - math.log(variance / spread)) / 2
            )
            if gain < 2.0 * math.log(len(waited)):
                continue
            known[key] = (mean, variance)
            found.append(After(tuple(names[code] for code in reversed(key)), delay=empirical(np.sort(waited[rows]))))
    return tuple(found)

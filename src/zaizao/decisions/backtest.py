"""Back-tests: what a new version would have chosen on history, beside what was chosen and what became of it.

Rule kept: the candidate sees only the inputs on record; the outcome counts the old choice's cases, so a case that was
refused and has no outcome is shown as unknown, never guessed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from zaizao.decisions.choice import Choice, Chooser
from zaizao.decisions.records import Logged
from zaizao.decisions.validation import psi


@dataclass(frozen=True, slots=True)
class Cell:
    """Cases that the old version put under ``old`` and the new one under ``new``, with their known outcomes."""

    old: str
    new: str
    cases: int
    outcomes: dict[str, int]
    examples: tuple[str, ...]
    """Ids of up to five of them."""


@dataclass(frozen=True, slots=True)
class BackTest:
    """The confusion of old and new, most frequent first; ``failed`` counts inputs that the new one could not use."""

    cases: int
    changed: int
    failed: int
    cells: tuple[Cell, ...]


def back_test(
    candidate: Chooser,
    history: Iterable[tuple[Logged, Any]],
    *,
    label: Callable[[Choice], str] = lambda choice: str(choice.value),
) -> BackTest:
    """Ask ``candidate`` for each logged choice. ``label`` names what is compared: an action, a grade, a band."""
    counts: Counter[tuple[str, str]] = Counter()
    outcomes: dict[tuple[str, str], Counter[str]] = {}
    examples: dict[tuple[str, str], list[str]] = {}
    failed = 0
    for logged, outcome in history:
        try:
            new = label(candidate.choose(logged.inputs))
        except Exception:  # a version that cannot use real inputs is a finding, not a crash
            failed += 1
            continue
        place = (label(logged.choice), new)
        counts[place] += 1
        outcomes.setdefault(place, Counter())["unknown" if outcome is None else str(outcome)] += 1
        shown = examples.setdefault(place, [])
        if len(shown) < 5:
            shown.append(logged.id)
    cells = tuple(
        Cell(old, new, count, dict(sorted(outcomes[old, new].items())), tuple(examples[old, new]))
        for (old, new), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )
    changed = sum(cell.cases for cell in cells if cell.old != cell.new)
    return BackTest(sum(counts.values()) + failed, changed, failed, cells)


def drift(reference: pl.DataFrame, now: pl.DataFrame) -> dict[str, float]:
    """Population stability index of each column that both have, the most shifted first."""
    found = {name: _column_psi(reference[name], now[name]) for name in reference.columns if name in now.columns}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _column_psi(reference: pl.Series, now: pl.Series) -> float:
    if reference.dtype.is_numeric() and now.dtype.is_numeric():
        was, has = (x.cast(pl.Float64).drop_nulls().drop_nans().to_numpy() for x in (reference, now))
        return psi(was, has) if len(was) and len(has) else math.nan
    levels = sorted(set(reference.cast(pl.String).drop_nulls().to_list()))
    place = {level: number for number, level in enumerate(levels)}
    counts = [
        np.bincount([place.get(v, len(levels)) for v in x.cast(pl.String).to_list()], minlength=len(levels) + 1)
        for x in (reference, now)
    ]
    before, after = ((count + 0.5) / (count.sum() + 0.5 * len(count)) for count in counts)
    return float(((after - before) * np.log(after / before)).sum())

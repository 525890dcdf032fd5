"""The inductive miner with noise filtering (IMf): from traces to a process tree, sound whatever the log.

Rule kept: Leemans, Fahland and van der Aalst (2013, 2014): find a cut, split the log along it, mine the parts; where no
cut holds, look again with rare relations left out; where that fails too, fall through to weaker structure, ending in
"any of these in any order". Two additions of ours: with noise, activities are parallel only when both orders are seen
in some balance or overlap in time (one odd case does not make them so); and before the last resort, relations are
filtered harder (up to 0.8), because a process owner can read a model that explains most cases, and cannot read one that
allows everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.mining.cuts import Cut, find_cut
from zaizao.mining.spread import Bool, Int32
from zaizao.mining.sublog import (
    Relations,
    Sublog,
    projected,
    relations,
    split_at,
    split_choice,
    split_loop,
    split_parallel,
    split_sequence,
)
from zaizao.mining.tree import SILENT, Operator, Tree, leaf, node, simplified

_SPLITS = {
    Operator.CHOICE: split_choice,
    Operator.SEQUENCE: split_sequence,
    Operator.PARALLEL: split_parallel,
    Operator.LOOP: split_loop,
}
_HARDER = (0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    names: tuple[str, ...]
    noise: float
    overlapping: Bool | None

    def cut(self, found: Relations) -> Cut | None:
        return find_cut(found, self.noise / 2, self.overlapping)


def inductive(log: Sublog, names: tuple[str, ...], noise: float, overlapping: Bool | None = None) -> Tree:
    """The process tree of ``log``.

    ``noise`` in [0, 1) is the share below which a relation counts as noise; ``overlapping`` marks pairs of activity
    codes that are known to run side by side.
    """
    return simplified(_mine(log, _Setting(names, noise, overlapping)))


def _mine(log: Sublog, setting: _Setting) -> Tree:
    if not len(log.count):
        return SILENT
    if log.empty:
        full = Sublog(log.steps, log.offsets, log.count, 0)
        inner = _mine(full, setting)
        return inner if log.empty < setting.noise * log.total else node(Operator.CHOICE, inner, SILENT)
    codes = log.alphabet()
    if len(codes) == 1:
        return _single(log, setting.names[int(codes[0])], setting.noise)
    found = relations(log)
    cut = setting.cut(found)
    if cut is None and setting.noise > 0:
        cut = find_cut(found.without_noise(setting.noise))
    if cut is not None:
        return _split(log, cut, setting)
    return _fall_through(log, found, setting)


def _split(log: Sublog, cut: Cut, setting: _Setting) -> Tree:
    return node(cut.operator, *(_mine(part, setting) for part in _SPLITS[cut.operator](log, cut.parts)))


def _single(log: Sublog, name: str, noise: float) -> Tree:
    """Once, unless it is repeated more often than noise explains (the geometric estimate of IMf)."""
    stops = log.total / (float((log.count * log.lengths).sum()) + log.total)
    if int(log.lengths.max()) == 1 or abs(stops - 0.5) <= noise / 2:
        return leaf(name)
    return node(Operator.LOOP, leaf(name), SILENT)


def _fall_through(log: Sublog, found: Relations, setting: _Setting) -> Tree:
    once = _once_per_trace(log, found)
    if once is not None:
        return _beside(log, once, setting)
    for code in _rarest_first(log, found):
        rest = projected(log, log.steps != code)
        if len(rest.count) and setting.cut(relations(rest)) is not None:
            return _beside(log, code, setting)
    restarted = _restarted(log, found, strict=True)
    if restarted is not None:
        return node(Operator.LOOP, _mine(restarted, setting), SILENT)
    for share in (level for level in _HARDER if 0 < setting.noise < level):
        cut = find_cut(found.without_noise(share))
        if cut is not None:
            return _split(log, cut, setting)
    restarted = _restarted(log, found, strict=False)
    if restarted is not None:
        return node(Operator.LOOP, _mine(restarted, setting), SILENT)
    return node(Operator.LOOP, SILENT, *(leaf(setting.names[int(code)]) for code in found.codes))


def _rarest_first(log: Sublog, found: Relations) -> list[int]:
    weight = np.repeat(log.count, log.lengths)
    counts = np.bincount(np.searchsorted(found.codes, log.steps), weights=weight, minlength=len(found.codes))
    return [int(found.codes[k]) for k in np.argsort(counts, kind="stable")]


def _once_per_trace(log: Sublog, found: Relations) -> int | None:
    """An activity that every trace contains exactly once."""
    trace = np.repeat(np.arange(len(log.count)), log.lengths)
    local = np.searchsorted(found.codes, log.steps)
    size = len(found.codes)
    seen = np.bincount(trace * size + local, minlength=len(log.count) * size).reshape(-1, size)
    always = np.flatnonzero((seen == 1).all(axis=0))
    return int(found.codes[always[0]]) if len(always) else None


def _beside(log: Sublog, code: int, setting: _Setting) -> Tree:
    """One activity in parallel to the rest."""
    rest: Int32 = log.alphabet()
    rest = rest[rest != code]
    return _split(log, Cut(Operator.PARALLEL, (np.array([code], dtype=np.int32), rest)), setting)


def _restarted(log: Sublog, found: Relations, *, strict: bool) -> Sublog | None:
    """The log cut where a trace begins anew: before a start activity that (if strict) follows an end activity."""
    starts = found.codes[found.starts > 0]
    ends = found.codes[found.ends > 0]
    cut = np.isin(log.steps, starts)
    if strict:
        cut[1:] &= np.isin(log.steps[:-1], ends)
    cut[log.offsets[:-1]] = False
    if not cut.any():
        return None
    return split_at(log, cut)

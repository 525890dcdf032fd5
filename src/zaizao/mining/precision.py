"""Precision: how much of what the model allows the log really does.

Rule kept: escaping edges on aligned prefixes (Muñoz-Gama and Carmona, 2010; Adriansyah et al., 2015): every variant is
first turned into the model's run that explains it best; after each prefix seen, the labels the model allows are set
against those the log takes, each prefix weighted by its cases. The interval is a bootstrap over cases.
"""

from __future__ import annotations

import numpy as np

from zaizao.eventlog import EventLog
from zaizao.mining.alignment import Alignments, Side, align_to
from zaizao.mining.automaton import Automaton, automaton
from zaizao.mining.playing import Model, played
from zaizao.mining.spread import Float64, Int64
from zaizao.mining.statistics import Interval
from zaizao.mining.variants import variants


def precision(
    log: EventLog,
    model: Model,
    *,
    generator: np.random.Generator | None = None,
    samples: int = 50,
) -> Interval:
    """Precision of ``model`` for ``log`` in (0, 1]; with ``generator``, its 95 % bootstrap interval over cases."""
    allowed = automaton(played(model, log.activity_names))
    return precision_of(align_to(variants(log), allowed), allowed, generator=generator, samples=samples)


def precision_of(
    found: Alignments, allowed: Automaton, *, generator: np.random.Generator | None = None, samples: int = 50
) -> Interval:
    """Precision from alignments to ``allowed``."""
    prefix, taken, offered, owner = _prefixes(found, allowed)
    counts = found.variants.count
    value = float(_share(prefix, taken, offered, owner, counts))
    if generator is None:
        return Interval(value, value, value)
    cases = int(counts.sum())
    drawn = generator.multinomial(cases, counts / cases, size=samples)
    shares = [float(_share(prefix, taken, offered, owner, sample)) for sample in drawn]
    low, high = np.quantile(shares, (0.025, 0.975))
    return Interval(value, min(float(low), value), max(float(high), value))


def _prefixes(found: Alignments, allowed: Automaton) -> tuple[Int64, Int64, Int64, Int64]:
    """One row a visit: which prefix, which label was taken (or the end), how many are allowed there, whose variant."""
    code = {name: k for k, name in enumerate(allowed.labels)}
    label_of = [code.get(name, -1) for name in found.names]
    width = (allowed.step >= 0).sum(axis=1) + allowed.final
    end = len(allowed.labels)
    children: dict[tuple[int, int], int] = {}
    rows: list[tuple[int, int, int, int]] = []
    for variant in range(len(found.variants)):
        span = slice(int(found.bounds[variant]), int(found.bounds[variant + 1]))
        state, prefix = 0, 0
        for side, name in zip(found.side[span].tolist(), found.name[span].tolist(), strict=True):
            if side == Side.LOG:
                continue
            label = label_of[name]
            rows.append((prefix, label, int(width[state]), variant))
            state = int(allowed.step[state, label])
            prefix = children.setdefault((prefix, label), len(children) + 1)
        rows.append((prefix, end, int(width[state]), variant))
    table = np.array(rows, dtype=np.int64)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def _share(prefix: Int64, taken: Int64, offered: Int64, owner: Int64, counts: Int64) -> Float64:
    weight = counts[owner].astype(np.float64)
    seen = weight > 0
    width = int(taken.max()) + 1
    pairs = np.unique(prefix[seen] * width + taken[seen])
    visits = np.bincount(prefix[seen], weights=weight[seen])
    used = np.bincount(pairs // width, minlength=len(visits))
    allowed = np.zeros(len(visits))
    allowed[prefix[seen]] = offered[seen]
    share: Float64 = (visits * used).sum() / (visits * allowed).sum()
    return share

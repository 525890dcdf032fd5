"""Who works like whom: roles, specialisation, and who works together.

Rule kept: a person is what they do: roles group people whose mix of activities is alike (average linkage over the cosine
of their shares, so one odd case moves nobody); working together means sharing cases beyond what the amount of work alone
would give. Work without a recorded resource is counted and left out, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING, EventLog
from zaizao.mining.spread import Float64, Int64


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """People (names) whose mix of work is alike; ``share`` of their work by activity, largest first; ``executions``."""

    members: tuple[str, ...]
    work: tuple[tuple[str, float], ...]
    executions: int


@dataclass(frozen=True, slots=True)
class Specialist:
    """A person: executions, how many activities, the commonest one with its share, and ``focus``.

    ``focus`` is 1 where a person does one thing only, 0 where they do all activities alike (1 − entropy over its maximum).
    """

    name: str
    executions: int
    activities: int
    main: str
    share: float
    focus: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people: cases both worked on, the share of all cases that either did (Jaccard), and ``lift``: how many times
    more often than if the cases had been dealt out at random."""

    one: str
    other: str
    cases: int
    share: float
    lift: float


@dataclass(frozen=True, slots=True)
class People:
    """Roles by executions, people by executions, pairs by shared cases, and the executions without a resource."""

    roles: tuple[Role, ...]
    specialists: tuple[Specialist, ...]
    pairs: tuple[Pair, ...]
    unknown: int


def people(log: EventLog, *, alike: float = 0.85, least: int = 5, pairs: int = 200) -> People:
    """The organisation behind ``log``: ``alike`` is the cosine from which mixes of work are one role; people with fewer
    than ``least`` executions are in no role; at most ``pairs`` pairs."""
    known = log.resource != MISSING
    size = max(len(log.activity_names), 1)
    codes = log.resource[known].astype(np.int64) * size + log.activity[known]
    counts = np.bincount(codes, minlength=size * len(log.resource_names)).reshape(-1, size)
    return People(_roles(log, counts, alike, least), _specialists(log, counts), _pairs(log, pairs), int((~known).sum()))


def _roles(log: EventLog, counts: Int64, alike: float, least: int) -> tuple[Role, ...]:
    chosen = np.flatnonzero(counts.sum(axis=1) >= least)
    # People with the same mix are merged before, so that the quadratic part sees each mix once.
    shares = counts[chosen] / counts[chosen].sum(axis=1, keepdims=True)
    groups = [np.array([k]) for k in range(len(chosen))]
    norms = np.maximum(np.linalg.norm(shares, axis=1), 1e-12)
    likeness = (shares @ shares.T) / norms[:, None] / norms[None, :]
    np.fill_diagonal(likeness, -1.0)
    weight = np.ones(len(chosen))
    alive = np.ones(len(chosen), dtype=np.bool_)
    while len(chosen) > 1:
        a, b = divmod(int(likeness.argmax()), len(chosen))
        if likeness[a, b] < alike:
            break
        merged = (weight[a] * likeness[a] + weight[b] * likeness[b]) / (weight[a] + weight[b])
        groups[a] = np.concatenate((groups[a], groups[b]))
        weight[a] += weight[b]
        alive[b] = False
        merged[~alive] = -1.0
        merged[a] = -1.0
        likeness[a], likeness[:, a] = merged, merged
        likeness[b], likeness[:, b] = -1.0, -1.0
    found = []
    for k in np.flatnonzero(alive).tolist():
        members = chosen[np.sort(groups[k])]
        work = counts[members].sum(axis=0)
        order = [a for a in np.argsort(-work, kind="stable").tolist() if work[a]]
        mix = tuple((log.activity_names[a], float(work[a] / work.sum())) for a in order)
        found.append(Role(tuple(log.resource_names[m] for m in members.tolist()), mix, int(work.sum())))
    return tuple(sorted(found, key=lambda role: -role.executions))


def _specialists(log: EventLog, counts: Int64) -> tuple[Specialist, ...]:
    found = []
    for person in np.argsort(-counts.sum(axis=1), kind="stable").tolist():
        total = int(counts[person].sum())
        if not total:
            continue
        share: Float64 = counts[person][counts[person] > 0] / total
        entropy = float(-(share * np.log(share)).sum())
        most = np.log(max(counts.shape[1], 2))
        main = int(counts[person].argmax())
        found.append(
            Specialist(
                log.resource_names[person],
                total,
                len(share),
                log.activity_names[main],
                float(share.max()),
                1 - entropy / most,
            )
        )
    return tuple(found)


def _pairs(log: EventLog, most: int) -> tuple[Pair, ...]:
    known = log.resource != MISSING
    persons = max(len(log.resource_names), 1)
    both = np.unique(log.case[known].astype(np.int64) * persons + log.resource[known])
    case, person = both // persons, both % persons
    cases_of = np.bincount(person, minlength=persons)
    bounds = np.concatenate(([0], np.cumsum(np.bincount(case, minlength=log.cases))))
    totals: dict[int, int] = {}
    for size in np.unique(np.diff(bounds)).tolist():
        if size < 2:
            continue
        starts = bounds[:-1][np.diff(bounds) == size]
        members = person[starts[:, None] + np.arange(size)]
        for a in range(size):
            for b in range(a + 1, size):
                keys, counts = np.unique(members[:, a] * persons + members[:, b], return_counts=True)
                for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
                    totals[key] = totals.get(key, 0) + count
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:most]
    found = []
    for key, count in ranked:
        a, b = divmod(key, persons)
        either = int(cases_of[a] + cases_of[b] - count)
        lift = count * log.cases / float(cases_of[a] * cases_of[b])
        found.append(Pair(log.resource_names[a], log.resource_names[b], count, count / either, lift))
    return tuple(found)

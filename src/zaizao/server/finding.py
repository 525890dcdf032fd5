"""Findings of a log for the console: each with its size in hours a year and the cases behind it (as a filter).

Rule kept: a size is what the log shows, brought to a year by the log's own period; money is not made up here: the
console multiplies hours of work by a rate that the reader sets and sees. Waiting has hours, never money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zaizao import eventlog, mining
from zaizao.eventlog import EventLog, filters
from zaizao.server.api.plain import plain

YEAR = 365.25 * 86_400
_MOST = 60
_HOUR = 3600.0
_ALIGNED = 300


def per_year(log: EventLog) -> float:
    """The factor that brings a total of the log to a year."""
    seconds = (int(log.end.max()) - int(log.end.min())) / 1e6 if log.events else 0.0
    return YEAR / max(seconds, 86_400.0)


def waiting(log: EventLog) -> dict[str, Any]:
    """Waiting by cause and hand-over, in hours."""
    found = mining.waiting_causes(log)
    names = [cause.name.lower() for cause in mining.Cause]
    total = found.total / _HOUR
    return {
        "cases": log.cases,
        "perYear": per_year(log),
        "hours": dict(zip(names, plain(total), strict=True)),
        "total": float(total.sum()),
        "efficiency": found.efficiency,
        "known": bool(total.sum() > 0),
        "items": [
            {
                "source": found.activities[found.source[k]],
                "target": found.activities[found.target[k]],
                "count": int(found.count[k]),
                "hours": dict(zip(names, plain(found.seconds[k] / _HOUR), strict=True)),
                "total": float(found.seconds[k].sum() / _HOUR),
                "filter": _following(found.activities[found.source[k]], found.activities[found.target[k]]),
            }
            for k in range(min(_MOST, len(found.source)))
        ],
    }


def rework(log: EventLog) -> dict[str, Any]:
    """Activities done again, with the hours of the repeats."""
    found = mining.rework(log)
    order = np.argsort(-found.repeats, kind="stable").tolist()
    return {
        "cases": log.cases,
        "perYear": per_year(log),
        "share": float(found.share),
        "items": [
            {
                "activity": found.activities[k],
                "cases": int(found.cases[k]),
                "repeatedCases": int(found.repeated_cases[k]),
                "repeats": int(found.repeats[k]),
                "selfLoops": int(found.self_loops[k]),
                "hours": float(found.repeat_seconds[k]) / _HOUR,
                "filter": {"kind": "having", "activities": [found.activities[k]]},
            }
            for k in order
            if found.repeats[k]
        ][:_MOST],
        "pingPong": [
            {"a": found.activities[a], "b": found.activities[b], "times": int(times), "filter": _following(
                found.activities[a], found.activities[b])}
            for a, b, times in found.ping_pong[:20]
        ],
    }  # fmt: skip


def handovers(log: EventLog) -> dict[str, Any]:
    """Where work changes hands, between activities."""
    found = mining.hand_overs(log)
    order = np.argsort(-found.handed, kind="stable").tolist()
    passed = int(found.passed.sum())
    return {
        "cases": log.cases,
        "perYear": per_year(log),
        "share": float(found.handed.sum()) / max(passed, 1),
        "perCase": float(found.handed.sum()) / max(log.cases, 1),
        "pingPong": plain(float(found.ping_pong)),
        "items": [
            {
                "source": found.activities[found.source[k]],
                "target": found.activities[found.target[k]],
                "passed": int(found.passed[k]),
                "handed": int(found.handed[k]),
                "unknown": int(found.unknown[k]),
                "waiting": plain(float(found.edge_waiting.median[k])),
                "filter": _following(found.activities[found.source[k]], found.activities[found.target[k]]),
            }
            for k in order[:_MOST]
            if found.handed[k]
        ],
        "people": [
            {"giver": found.resources[found.giver[k]], "taker": found.resources[found.taker[k]], "count": int(found.count[k])}
            for k in range(min(20, len(found.giver)))
        ],
    }  # fmt: skip


def robots(log: EventLog) -> dict[str, Any]:
    """Manual activities by how well a robot could do them."""
    found = sorted(mining.automation(log), key=lambda one: (bool(one.vetoes), -one.score))
    return {
        "cases": log.cases,
        "perYear": 1.0,
        "items": [
            {**plain(one), "score": one.score, "filter": {"kind": "having", "activities": [one.activity]}}
            for one in found[:_MOST]
        ],
    }


def drift(log: EventLog) -> dict[str, Any]:
    """When the process changed, and what did."""
    return {
        "cases": log.cases,
        "items": [
            {**plain(one), "changes": plain(one.changes[:8]),
             "filter": {"kind": "between", "since": one.at, "until": int(log.end.max()) + 1}}
            for one in mining.drift(log)
        ],
    }  # fmt: skip


def deviations(log: EventLog) -> dict[str, Any]:
    """What deviates from the usual way: the model of the frequent behaviour, aligned with the most frequent variants."""
    usual = eventlog.keep(log, filters.top_variants(share=0.8))
    model = mining.discover(usual, method=mining.Method.INDUCTIVE, noise=0.1)
    checked = eventlog.keep(log, filters.top_variants(_ALIGNED))
    found = mining.align(checked, model)
    return {
        "cases": checked.cases,
        "perYear": per_year(log),
        "checked": checked.cases / max(log.cases, 1),
        "fitting": found.fitting(),
        "items": [
            {
                "side": plain(one.side),
                "activity": one.activity,
                "cases": one.cases,
                "times": one.times,
                "hours": plain(one.seconds / _HOUR),
                "filter": {"kind": "having" if one.side == mining.Side.LOG else "without", "activities": [one.activity]},
            }
            for one in mining.deviations(checked, found)[:_MOST]
        ],
    }  # fmt: skip


def delays(log: EventLog) -> dict[str, Any]:
    """Activities that start late though their people are free: customers, partners, post."""
    found, _ = mining.delays(log)
    return {
        "cases": log.cases,
        "perYear": per_year(log),
        "items": [
            {**plain(one), "hours": one.mean * one.executions / _HOUR,
             "filter": {"kind": "having", "activities": [one.activity]}}
            for one in found[:_MOST]
        ],
    }  # fmt: skip


def effects(log: EventLog) -> dict[str, Any]:
    """Which kinds of cases last longer, adjusted for the other attributes."""
    seconds = mining.cycle_times(log) / 1e6
    return {
        "cases": log.cases,
        "items": [{**plain(one), "hours": one.excess / _HOUR} for one in mining.effects(log, seconds)[:_MOST]],
    }


def _following(first: str, then: str) -> dict[str, Any]:
    return {"kind": "following", "first": first, "then": then}


PARTS: Mapping[str, Callable[[EventLog], dict[str, Any]]] = {
    "waiting": waiting,
    "rework": rework,
    "handovers": handovers,
    "robots": robots,
    "drift": drift,
    "deviations": deviations,
    "delays": delays,
    "effects": effects,
}

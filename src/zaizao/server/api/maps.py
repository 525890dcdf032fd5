"""``/api/logs/{key}/…`` that mining answers: the map, variants, a replay, findings, comparison, a discovered model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, HTTPException, Query, Response

from zaizao import bpmn, mining
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.server.api.context import Filters, Work
from zaizao.server.api.plain import plain
from zaizao.server.filtering import parsed
from zaizao.server.finding import PARTS
from zaizao.server.map_drawing import drawn

router = APIRouter(prefix="/logs/{key}", tags=["maps"])
Share = Annotated[float, Query(ge=0, le=1)]
_REPLAYED = 400


@router.get("/map")
def process_map(work: Work, key: str, filters: Filters, activities: Share = 1.0, paths: Share = 0.6) -> dict[str, Any]:
    """The process map under the filters, with the place of everything on it."""

    def compute(log: EventLog) -> dict[str, Any]:
        return {**drawn(mining.process_map(log, activities, paths)), "events": log.events}

    whole = work.logs.executed(key)
    shown = work.logs.derived(key, f"map {activities:.3f} {paths:.3f}", filters, compute)
    return {**shown, "allCases": whole.cases, "allActivities": len(whole.activity_names)}


@router.get("/variants")
def variants(
    work: Work,
    key: str,
    filters: Filters,
    begin: int = Query(0, ge=0, alias="from"),
    limit: int = Query(30, ge=1, le=500),
) -> dict[str, Any]:
    """Variants by falling frequency, with share, cumulative share and median cycle time (seconds)."""
    found, cycle, activities, cases = work.logs.derived(key, "variants", filters, _variants)
    covered = found.coverage()
    last = min(begin + limit, len(found))
    return {
        "total": len(found),
        "cases": cases,
        "activities": list(activities),
        "items": [
            {
                "rank": rank,
                "count": int(found.count[rank]),
                "share": float(found.count[rank]) / max(cases, 1),
                "covered": float(covered[rank]),
                "median": float(cycle[rank]),
                "steps": found.codes(rank).tolist(),
            }
            for rank in range(begin, last)
        ],
    }


def _variants(log: EventLog) -> tuple[mining.Variants, np.typing.NDArray[np.float64], tuple[str, ...], int]:
    found = mining.variants(log)
    seconds = mining.cycle_times(log) / 1e6
    order = np.lexsort((seconds, found.of_case))
    ends = np.cumsum(found.count)
    middle = (ends - found.count + ends - 1) / 2
    sorted_seconds = seconds[order]
    low, high = np.floor(middle).astype(np.int64), np.ceil(middle).astype(np.int64)
    return found, (sorted_seconds[low] + sorted_seconds[high]) / 2, log.activity_names, log.cases


@router.get("/replay")
def replay(work: Work, key: str, filters: Filters, limit: int = Query(200, ge=1, le=_REPLAYED)) -> dict[str, Any]:
    """Cases spread over the period, each as [activity, start, end] rows in seconds since the first: for the animation."""

    def compute(log: EventLog) -> dict[str, Any]:
        if not log.events:
            return {"activities": [], "length": 0, "cases": []}
        begin = np.where(log.start == MISSING_TIME, log.end, np.minimum(log.start, log.end))
        zero = int(begin.min())
        chosen = np.unique(np.linspace(0, log.cases - 1, min(limit, log.cases)).round().astype(np.int64)).tolist()
        moments = np.stack((log.activity, (begin - zero) / 1e6, (log.end - zero) / 1e6), axis=1)
        return {
            "activities": list(log.activity_names),
            "since": zero,
            "length": float((log.end.max() - zero) / 1e6),
            "cases": [moments[log.offsets[k] : log.offsets[k + 1]].round(1).tolist() for k in chosen],
        }

    found: dict[str, Any] = work.logs.derived(key, f"replay {limit}", filters, compute)
    return found


@router.get("/findings/{part}")
def findings(work: Work, key: str, part: str, filters: Filters) -> dict[str, Any]:
    """One part of what mining finds: ``waiting``, ``rework``, ``handovers``, ``robots``, ``drift``, ``deviations``,
    ``delays``, ``effects``."""
    compute: Callable[[EventLog], dict[str, Any]] | None = PARTS.get(part)
    if compute is None:
        raise HTTPException(404, f"no part {part}")
    found: dict[str, Any] = work.logs.derived(key, f"findings {part}", filters, compute)
    return found


@router.get("/comparison")
def comparison(
    work: Work, key: str, filters: Filters, other: str, against: Annotated[str | None, Query(max_length=100_000)] = None
) -> dict[str, Any]:
    """This log (under ``filters``) beside the log ``other`` (under ``against``): what differs, tested together."""
    a, b = work.logs.executed(key, filters), work.logs.executed(other, parsed(against))
    if not a.events or not b.events:
        return {"casesA": a.cases, "casesB": b.cases, "differences": []}
    found = mining.compare(a, b)
    return {
        "casesA": found.cases_a,
        "casesB": found.cases_b,
        "differences": [{**plain(one), "significant": bool(one.significant)} for one in found.differences[:60]],
    }


@router.get("/model")
def model(
    work: Work,
    key: str,
    filters: Filters,
    method: mining.Method = mining.Method.INDUCTIVE,
    noise: Annotated[float, Query(ge=0, le=0.99)] = 0.2,
) -> Response:
    """A BPMN model discovered from the log under the filters, laid out."""

    def compute(log: EventLog) -> bytes:
        return bpmn.write(bpmn.layout(mining.discover(log, method=method, noise=noise)))

    content: bytes = work.logs.derived(key, f"model {method} {noise}", filters, compute)
    return Response(content, media_type="application/xml")

"""Filters as a request writes them: a JSON list of ``{"kind": …}`` objects, applied one after another.

Kinds: ``having``, ``without``, ``starting``, ``ending`` (``activities``); ``following`` (``first``, ``then``, optional
``directly``); ``variant`` (``ranks``, 0 the most frequent); ``between`` (``since``, ``until`` in µs UTC); ``lasting``
(``least``, ``below`` in seconds); ``attribute`` (``name``, ``values`` or ``low``/``high``); ``cases`` (``names``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zaizao import eventlog, mining
from zaizao.eventlog import EventLog, filters
from zaizao.problems import Problem, Text
from zaizao.server.workspace import WorkspaceError

_MOST = 40
_MICRO = 1_000_000


def parsed(text: str | None) -> tuple[dict[str, Any], ...]:
    """The filters in a query parameter. Raises ``WorkspaceError`` for what is no list of filters."""
    if not text:
        return ()
    try:
        wanted = json.loads(text)
    except ValueError:
        raise _refused(text) from None
    if not isinstance(wanted, list) or len(wanted) > _MOST or not all(isinstance(one, dict) for one in wanted):
        raise _refused(text)
    return tuple(wanted)


def chosen(log: EventLog, wanted: Sequence[Mapping[str, Any]]) -> EventLog:
    """What the filters leave of ``log``; may be empty."""
    for one in wanted:
        try:
            log = _applied(log, one)
        except (KeyError, TypeError, ValueError):
            raise _refused(json.dumps(one, ensure_ascii=False)) from None
    return log


def _applied(log: EventLog, one: Mapping[str, Any]) -> EventLog:
    if not log.events:
        return log
    if one["kind"] == "variant":
        found = mining.variants(log)
        ranks = [int(rank) for rank in one["ranks"]]
        return mining.only_cases(log, np.flatnonzero(np.isin(found.of_case, ranks)))
    return eventlog.keep(log, _filter(one))


def _filter(one: Mapping[str, Any]) -> eventlog.Filter:
    match one["kind"]:
        case "having":
            return filters.having(set(one["activities"]))
        case "without":
            return ~filters.having(set(one["activities"]))
        case "starting":
            return filters.starting_with(set(one["activities"]))
        case "ending":
            return filters.ending_with(set(one["activities"]))
        case "following":
            return filters.following(str(one["first"]), str(one["then"]), directly=bool(one.get("directly", True)))
        case "between":
            return filters.between(int(one["since"]), int(one["until"]), whole=bool(one.get("whole", True)))
        case "lasting":
            below = one.get("below")
            least = round(float(one.get("least") or 0) * _MICRO)
            return filters.lasting(least, None if below is None else round(float(below) * _MICRO))
        case "attribute":
            return filters.attribute(
                str(one["name"]), values=one.get("values"), low=one.get("low"), high=one.get("high")
            )
        case "cases":
            return filters.cases({str(name) for name in one["names"]})
        case _:
            raise ValueError(one["kind"])


def _refused(text: str) -> WorkspaceError:
    return WorkspaceError(
        Problem(
            text[:200],
            Text("不是可用的筛选条件", "is not a filter that is known"),
            Text("见 docs/guides/console.md", "see docs/guides/console.md"),
            "filter.unknown",
        )
    )

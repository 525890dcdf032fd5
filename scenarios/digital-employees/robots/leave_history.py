"""The robot that looks up what a leave request is checked against: the employee's years and leave so far."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx

from zaizao.robots import BusinessException, SystemException, Work, robot

SECONDS = 5.0


@robot(queue="leave-history", zh="查询休假历史", en="look up leave")
def leave_history(work: Work) -> dict[str, Any]:
    """Days of this kind used this year, whole years of service, and whether the request overlaps approved leave."""
    asked = work.payload
    address = asked["sandbox"]["staff"]
    try:
        answer = httpx.get(f"{address}/employees/{asked['employee']}", timeout=SECONDS, trust_env=False)
    except httpx.TransportError as fault:
        raise SystemException(f"staff: {fault}") from fault
    if answer.status_code == 404:
        raise BusinessException("UNKNOWN_EMPLOYEE", asked["employee"])
    if answer.status_code >= 400:
        raise SystemException(f"staff: {answer.status_code}")
    known = answer.json()
    first, last = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
    joined = date.fromisoformat(known["joined"])
    taken = [(one["type"], date.fromisoformat(one["first"]), date.fromisoformat(one["last"])) for one in known["leave"]]
    same = [(begin, end) for kind, begin, end in taken if kind == asked["leave_type"] and begin.year == first.year]
    return {
        "used": sum((end - begin).days + 1 for begin, end in same),
        "years": first.year - joined.year - ((first.month, first.day) < (joined.month, joined.day)),
        "overlap": any(begin <= last and first <= end for _, begin, end in taken),
    }

"""Appliers: what each event makes of an item. Only they change an item; replaying history gives the item again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from zaizao.inbox import events as e
from zaizao.inbox.errors import InboxError, trouble
from zaizao.inbox.item import ItemId, WorkItem
from zaizao.inbox.lifecycle import ROWS, State


def apply(id: ItemId, item: WorkItem | None, event: e.Event) -> WorkItem:
    """The item after ``event``. Raises ``InboxError`` where the lifecycle has no such row: a defect."""
    change = e.change_of(event)
    after = ROWS.get((item.state if item else None, change))
    if after is None:
        words = f"no {change} from {item.state if item else 'nothing'}"
        raise InboxError(trouble(id, "illegal-transition", (words, words), ("请报告此缺陷", "report this defect")))
    if item is None:
        assert isinstance(event, e.Offered), "only an offer begins an item"
        return WorkItem(id, event.facts, after, 1, event.at, escalates=event.escalates)
    changes = _APPLIERS.get(type(event), _nothing)(item, event)
    ended = event.at if after in (State.COMPLETED, State.CANCELLED) and not item.ended else item.ended
    return msgspec.structs.replace(item, state=after, version=item.version + 1, ended=ended, **changes)


def replay(id: ItemId, events: Iterable[e.Event]) -> WorkItem | None:
    """The item that a history makes."""
    item: WorkItem | None = None
    for event in events:
        item = apply(id, item, event)
    return item


Changes = dict[str, Any]


def _nothing(_item: WorkItem, _event: e.Event) -> Changes:
    return {}


def _claimed(_item: WorkItem, event: e.Claimed) -> Changes:
    return {"owner": event.by, "delegated_by": None}


def _assigned(_item: WorkItem, event: e.Assigned) -> Changes:
    return {"owner": event.to, "delegated_by": None}


def _delegated(item: WorkItem, event: e.Delegated) -> Changes:
    return {"owner": event.to, "delegated_by": item.owner}


def _returned(_item: WorkItem, _event: e.Returned) -> Changes:
    return {"owner": None, "delegated_by": None}


def _suspended(_item: WorkItem, event: e.Suspended) -> Changes:
    return {"suspended": event.at, "until": event.until}


def _resumed(item: WorkItem, event: e.Resumed | e.Reopened) -> Changes:
    facts = msgspec.structs.replace(item.facts, due=event.due)
    return {"suspended": 0, "until": 0, "escalates": event.escalates, "facts": facts}


def _handed_in(item: WorkItem, event: e.Proposed | e.HandedIn) -> Changes:
    return {"result": event.result, "first": item.owner}


def _confirmed(_item: WorkItem, event: e.Confirmed) -> Changes:
    return {"second": event.by}


def _taken_back(_item: WorkItem, _event: e.Event) -> Changes:
    return {"result": None, "first": None, "second": None}


def _ended(_item: WorkItem, event: e.Event) -> Changes:
    return {"why": event.why}


def _settled(item: WorkItem, event: e.Settled) -> Changes:
    elsewhere = item.state is not State.HANDED_IN
    why = event.why or (item.result.reason if item.result and not elsewhere else "")
    return {"why": why, "owner": event.by if elsewhere else item.owner}


def _escalated(item: WorkItem, event: e.Escalated) -> Changes:
    changes = {name: value for name in ("priority", "groups") if (value := getattr(event, name)) is not None}
    facts = msgspec.structs.replace(item.facts, **changes)
    return {"rung": event.rung + 1, "escalates": event.escalates, "facts": facts}


def _updated(item: WorkItem, event: e.Updated) -> Changes:
    names = ("priority", "due", "follow_up", "groups", "users")
    changes = {name: value for name in names if (value := getattr(event, name)) is not None}
    return {"facts": msgspec.structs.replace(item.facts, **changes)}


_APPLIERS: dict[type[e.Event], Callable[[WorkItem, Any], Changes]] = {
    e.Claimed: _claimed,
    e.Assigned: _assigned,
    e.Delegated: _delegated,
    e.Returned: _returned,
    e.Suspended: _suspended,
    e.Resumed: _resumed,
    e.Reopened: _resumed,
    e.Proposed: _handed_in,
    e.HandedIn: _handed_in,
    e.Confirmed: _confirmed,
    e.Refused: _taken_back,
    e.Recalled: _taken_back,
    e.Bounced: _taken_back,
    e.Settled: _settled,
    e.Cancelled: _ended,
    e.Escalated: _escalated,
    e.Updated: _updated,
}

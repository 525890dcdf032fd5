"""Many items at once, written by the inbox's own rows in a few transactions."""

from __future__ import annotations

import sqlalchemy as sa

from inbox.desk import HOUR, MONDAY, work
from zaizao.inbox import Inbox, ItemId, Kind, tables as t
from zaizao.inbox.applying import apply
from zaizao.inbox.events import Offered
from zaizao.inbox.rows import _columns, lists_of


def fill(inbox: Inbox, count: int) -> None:
    """Offer ``count`` items to the groups g0..g7; every 997th to ``rare`` instead."""
    items, lists = [], []
    for number in range(count):
        group = "rare" if number % 997 == 0 else f"g{number * 7 % 8}"
        kind = Kind.INCIDENT if number % 50 == 0 else Kind.TASK
        facts = work(
            f"第 {number} 件", groups=(group,), due=MONDAY + number * 7919 % 400 * HOUR, priority=number % 5 * 20
        )
        event = Offered(by="system", at=MONDAY, facts=type(facts)(**{**_fields(facts), "kind": kind}))
        item = apply(ItemId(f"i{number:06}"), None, event)
        row = _columns(item)
        items.append(row)
        sort = {name: row[name] for name in ("open", "due", "rank", "state", "kind")}
        lists += [{"who": who, "item": item.id, **sort} for who in lists_of(item)]
    inbox.writing(lambda turn: turn.connection.execute(sa.insert(t.items), items))
    inbox.writing(lambda turn: turn.connection.execute(sa.insert(t.seen_by), lists))
    with inbox.database.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def _fields(facts: object) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__}  # type: ignore[attr-defined]

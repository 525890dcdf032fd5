"""A desk to test at: an inbox, people, and a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zaizao.calendars import office
from zaizao.inbox import Command, Facts, Inbox, ItemId, Kind, Person, WorkItem, WorkRefused

HOUR = 3_600_000_000


def at(text: str) -> int:
    """An instant on Shanghai's clock."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()) * 1_000_000


MONDAY = at("2026-11-23T09:00")
li = Person("li", frozenset({"officers"}))
wang = Person("wang", frozenset({"officers"}))
zhao = Person("zhao", frozenset({"heads"}), supervisor=True)
auditor = Person("auditor", everything=True)


def work(subject: str = "审批贷款", **facts: Any) -> Facts:
    """A task for the officers."""
    return Facts(Kind.TASK, subject, **{"groups": ("officers",), **facts})


@dataclass
class Desk:
    """Commands at the desk's time; a refusal is its code."""

    inbox: Inbox
    now: int = MONDAY
    log: list[str] = field(default_factory=list)

    def offer(self, id: str, **facts: Any) -> WorkItem:
        return self.inbox.offer(ItemId(id), work(**facts), now=self.now)

    def do(self, id: str, command: Command, by: Person = li) -> WorkItem | str:
        try:
            return self.inbox.do(ItemId(id), command, by, now=self.now)
        except WorkRefused as refused:
            return refused.code

    def item(self, id: str) -> WorkItem:
        found = self.inbox.item(ItemId(id))
        assert found is not None
        return found

    def told(self, id: str) -> list[str]:
        """The item's history as ``who: before -> after change``."""
        return [
            f"{line.by}: {line.before or '-'} -> {line.after} ({line.change})"
            for line in self.inbox.history(ItemId(id))
        ]


def desk_over(url: str) -> Desk:
    return Desk(Inbox(url, {"office": office()}))

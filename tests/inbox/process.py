"""A small loan process with work for people, an engine that runs it, and its feed into an inbox."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from inbox.desk import MONDAY
from zaizao import bpmn
from zaizao.bpmn import Definitions, Event, EventPosition, HumanWork, Job, Process, SequenceFlow, Task, TaskKind
from zaizao.calendars import office
from zaizao.engine import Engine, SqliteStore, VirtualClock
from zaizao.inbox import Inbox
from zaizao.server.door import Partitions, Writer
from zaizao.server.inbox_feed import Feed


def loan() -> Definitions:
    """Entry and approval by two people, the approval with four eyes; then a robot that may fail."""
    nodes = (
        Event(id="start", position=EventPosition.START),
        Task(
            id="enter",
            name="录入",
            kind=TaskKind.USER,
            human=HumanWork(candidate_groups='["officers"]', due='"PT4H"', priority="70"),
            properties={"pair": "loan", "calendar": "office", "escalation": "PT2H notify heads"},
        ),
        Task(
            id="approve",
            name="审批",
            kind=TaskKind.USER,
            human=HumanWork(candidate_groups='["officers", "heads"]'),
            properties={"pair": "loan", "fourEyes": "heads", "skills": "credit:2", "reason": "true"},
        ),
        Task(id="pay", name="放款", kind=TaskKind.SERVICE, job=Job('"pay"', retries="1")),
        Event(id="end", position=EventPosition.END),
    )
    flows = tuple(SequenceFlow(id=f"f{n}", source=a.id, target=b.id) for n, (a, b) in enumerate(pairwise(nodes)))
    return Definitions(processes=(Process(id="loan", name="贷款", nodes=nodes, flows=flows),))


class Bank:
    """Engine, inbox and feed over files in ``folder``; ``again`` is a restart."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.clock = VirtualClock(MONDAY)
        self.open()
        self.engine.deploy(bpmn.layout(loan()))

    def open(self) -> None:
        self.store = SqliteStore(self.folder / "engine.db")
        self.engine = Engine(self.store, self.clock)
        self.partitions = Partitions([Writer(self.engine)])
        self.inbox = Inbox(self.url, {"office": office()})
        self.inbox.skilled("wang", {"credit": 2})
        self.feed = Feed(self.inbox, self.partitions)

    def close(self) -> None:
        self.store.close()
        self.inbox.close()

    def again(self) -> None:
        self.close()
        self.open()

    def run(self) -> None:
        """Bring both in step."""
        while self.feed.run(self.clock.now()):
            pass

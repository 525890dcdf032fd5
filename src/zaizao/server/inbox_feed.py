"""The feed between engine and inbox: user tasks and incidents become work items and follow each other both ways.

Rule kept: nothing is lost and nothing doubled. From the engine: the journal is read from a stored position, and what it
says is written in one transaction with the new position; items have ids made from the engine's keys, so the same task
is the same item. To the engine: what it has to be told is an errand stored with the item's change, removed when told;
told twice after a crash, it is refused by the engine and nothing happens. Who has a task is compared with the engine's
row as it is now, so that the echo of our own assignment changes nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Self

from msgspec import structs

from zaizao.engine import CommandRejected, Engine, IncidentRow, JobRow, TaskRow, case_of, inside, local_of, records as r
from zaizao.inbox import (
    SYSTEM,
    Act,
    Bounce,
    Cancel,
    Clerk,
    Command,
    Errand,
    Facts,
    Follow,
    FourEyes,
    Inbox,
    InboxError,
    ItemId,
    Kind,
    Offer,
    Person,
    Rejection,
    Settle,
    Turn,
    Update,
    read_ladder,
    read_skills,
)
from zaizao.server.door.partitions import Partitions
from zaizao.server.door.writer import Writer

log = logging.getLogger(__name__)
ENTRIES = 200
"""Journal entries taken over in one transaction."""
PAUSE = 0.25
"""Seconds between two looks at the journal when nothing new was there."""
TASK, INCIDENT = "task-", "incident-"
_PARTITION_SHIFT = 56


@dataclass(frozen=True, slots=True)
class Step:
    """What one event of the journal means for one item."""

    at: int
    item: ItemId
    command: Command


# --- from the engine --------------------------------------------------------------------------------------------------


def read_steps(engine: Engine, start: int, groups: tuple[str, ...], limit: int = ENTRIES) -> tuple[int, list[Step]]:
    """The next entries of the journal as steps, and the position after them."""
    position = start
    steps: list[Step] = []
    with engine.runtime.reading():
        for entry in list(islice(engine.store.journal(start), limit)):
            for event in entry.events:
                translate = _TRANSLATIONS.get(type(event))
                if translate is not None:
                    key = inside(entry.case, event.id)
                    steps.append(translate(engine, key, event, entry.at, groups))
            position = entry.position + len(entry.events)
    return position, steps


def task_item(key: int) -> ItemId:
    """The item of a user task."""
    return ItemId(f"{TASK}{key}")


def incident_item(key: int) -> ItemId:
    """The item of an incident."""
    return ItemId(f"{INCIDENT}{key}")


def _task_created(engine: Engine, key: int, event: r.TaskCreated, at: int, _groups: tuple[str, ...]) -> Step:
    row = engine.store.get(TaskRow, key)
    assert row is not None, "a task that was created has a row"
    said = _properties(engine, row)
    case = engine.row(key)
    evidence = _evidence(engine, key, {"processId": row.process_id, "elementId": row.node})
    if case is not None and case.business_id:
        evidence["businessId"] = case.business_id
    facts = Facts(
        Kind.TASK,
        row.name or row.node,
        evidence,
        event.priority,
        event.groups,
        event.users,
        due=event.due,
        follow_up=event.follow_up,
        case=str(case_of(key)),
        process=row.process_id,
        form=event.form,
        settles=True,
        **said,
    )
    assignee = None if event.assignee is None else Person(event.assignee, None)
    return Step(at, task_item(key), Offer(facts, assignee))


def _properties(engine: Engine, row: TaskRow) -> dict[str, Any]:
    """What the model's properties say about the work; what cannot be read is left out, and logged."""
    nodes = engine.runtime.library.executable(row.process)
    source = nodes.nodes[nodes.by_id[row.node]].source if row.node in nodes.by_id else None
    properties = source.properties if source is not None else {}
    eyes = properties.get("fourEyes", "")
    said: dict[str, Any] = {
        "pair": properties.get("pair", ""),
        "calendar": properties.get("calendar", ""),
        "reason_wanted": properties.get("reason", "") == "true",
    }
    if eyes and eyes != "false":
        named = () if eyes == "true" else tuple(part.strip() for part in eyes.split(",") if part.strip())
        said["four_eyes"] = FourEyes(named)
    readers: tuple[tuple[str, str, Callable[[str, str], Any]], ...] = (
        ("skills", "skills", read_skills),
        ("ladder", "escalation", read_ladder),
    )
    for name, written, read in readers:
        try:
            said[name] = read(properties.get(written, ""), f"{row.process_id}: {row.node}: {written}")
        except InboxError as error:
            log.warning("a property was left out: %s", error)
    return said


def _evidence(engine: Engine, key: int, known: dict[str, Any]) -> dict[str, Any]:
    """What the work is about: the case, and what it knows when the item is made."""
    live = engine.case(key)
    variables = engine.variables(key) if live is not None and local_of(key) in live.elements else {}
    link = f"/v2/process-instances/{case_of(key)}"
    return {**known, "processInstanceKey": str(case_of(key)), "links": [link], "variables": variables}


def _assigned(engine: Engine, key: int, _event: Any, at: int, _groups: tuple[str, ...]) -> Step:
    row = engine.store.get(TaskRow, key)
    return Step(at, task_item(key), Follow(row.assignee if row is not None else None))


def _updated(_engine: Engine, key: int, event: r.TaskUpdated, at: int, _groups: tuple[str, ...]) -> Step:
    change = Update(event.priority, event.due, event.follow_up, event.groups, event.users)
    return Step(at, task_item(key), change)


def _completed(_engine: Engine, key: int, event: r.TaskCompleted, at: int, _groups: tuple[str, ...]) -> Step:
    return Step(at, task_item(key), Settle(event.by or ""))


def _canceled(_engine: Engine, key: int, _event: Any, at: int, _groups: tuple[str, ...]) -> Step:
    return Step(at, task_item(key), Cancel("the process no longer needs it"))


def _raised(engine: Engine, key: int, event: r.IncidentRaised, at: int, groups: tuple[str, ...]) -> Step:
    case = engine.row(key)
    process = case.process_id if case is not None else ""
    element = inside(case_of(key), event.element)
    live = engine.case(key)
    node = ""
    if live is not None and event.element in live.elements:
        node = engine.runtime.library.executable(live.process).nodes[live.elements[event.element].node].id
    known = {"processId": process, "elementId": node, "errorType": str(event.kind), "message": event.message}
    facts = Facts(
        Kind.INCIDENT,
        f"{process} {node}: {event.message}"[:500],
        _evidence(engine, element, known),
        groups=groups,
        case=str(case_of(key)),
        process=process,
        settles=True,
    )
    return Step(at, incident_item(key), Offer(facts))


def _resolved(_engine: Engine, key: int, _event: Any, at: int, _groups: tuple[str, ...]) -> Step:
    return Step(at, incident_item(key), Settle())


_TRANSLATIONS: dict[type[Any], Callable[[Engine, int, Any, int, tuple[str, ...]], Step]] = {
    r.TaskCreated: _task_created,
    r.TaskAssigned: _assigned,
    r.TaskUpdated: _updated,
    r.TaskCompleted: _completed,
    r.TaskCanceled: _canceled,
    r.IncidentRaised: _raised,
    r.IncidentResolved: _resolved,
}


# --- both ways --------------------------------------------------------------------------------------------------------


class Feed:
    """Keeps ``inbox`` and the partitions led here in step; the engine's calendars are the inbox's too.

    ``incident_groups`` are the candidates for incidents.
    """

    def __init__(self, inbox: Inbox, partitions: Partitions, *, incident_groups: tuple[str, ...] = ()) -> None:
        self.inbox = inbox
        self.partitions = partitions
        self.incident_groups = incident_groups
        self._lock = threading.Lock()

    def run(self, now: int) -> int:
        """Tell the engine what it has to know, then take over what it did; how much there was to do."""
        with self._lock:
            done = 0
            for writer in self.partitions.led():
                try:
                    done += self._step(writer, now)
                except Exception:  # one partition's trouble, such as a lost lease, is not the others'
                    log.exception("a partition and the inbox are brought in step later")
            return done

    def _step(self, writer: Writer, now: int) -> int:
        partition, calendars = writer.ask(lambda engine: (engine.runtime.partition, engine.runtime.calendars))
        self.inbox.calendars.update(calendars)
        return self.tell(writer, partition, now) + self.take_over(writer, partition)

    def take_over(self, writer: Writer, partition: int) -> int:
        """Take over one transaction's worth of the partition's journal; how many entries or steps that was."""
        source = f"engine-{partition}"
        start = self.inbox.position(source)
        position, steps = writer.ask(lambda engine: read_steps(engine, start, self.incident_groups))
        if position == start:
            return 0

        def write(turn: Turn) -> None:
            if not turn.reach(source, start, position):
                return  # another node took over first
            for step in steps:
                if isinstance(step.command, Follow) and turn.waits(step.item):
                    continue  # the engine has still to be told who has it now
                refused = turn.answer(step.item, step.command, Clerk, step.at)
                if isinstance(step.command, Offer) and isinstance(refused, Rejection):
                    log.warning("%s goes without its calendar: %s", step.item, refused.problems)
                    plain = Offer(structs.replace(step.command.facts, calendar=""), step.command.assignee)
                    turn.answer(step.item, plain, Clerk, step.at)

        self.inbox.writing(write)
        return position - start

    def tell(self, writer: Writer, partition: int, now: int) -> int:
        """Run the errands of the partition's items, in order; how many."""
        told = 0
        failed: set[str] = set()
        for errand in self.inbox.errands():
            key = _key_of(errand.item)
            if key is None or key >> _PARTITION_SHIFT != partition or errand.item in failed:
                continue
            bounced = None
            try:
                writer.do(_work(key, errand))
            except CommandRejected as rejected:
                gone = rejected.code in ("not-found", "case-ended")  # then the journal says what became of it
                bounced = None if gone or errand.act != Act.COMPLETE else str(rejected)
            except Exception:
                log.exception("the engine could not be told about %s; it is tried again", errand.item)
                failed.add(errand.item)
                continue
            self._told(errand, bounced, now)
            told += 1
        return told

    def _told(self, errand: Errand, bounced: str | None, now: int) -> None:
        def write(turn: Turn) -> None:
            turn.done(errand)
            if bounced is not None:
                turn.answer(ItemId(errand.item), Bounce(bounced), Clerk, now)

        self.inbox.writing(write)


def _key_of(item: str) -> int | None:
    """The engine's key behind an item's id."""
    for prefix in (TASK, INCIDENT):
        if item.startswith(prefix):
            return int(item.removeprefix(prefix))
    return None


def _work(key: int, errand: Errand) -> Callable[[Engine], None]:
    body = json.loads(errand.body, parse_float=Decimal)
    if errand.item.startswith(INCIDENT):
        return (lambda engine: _try_again(engine, key)) if errand.act == Act.COMPLETE else (lambda _engine: None)
    if errand.act == Act.ASSIGN:
        return lambda engine: engine.assign(key, body)
    by = None if body["by"] == SYSTEM else body["by"]
    return lambda engine: engine.complete_task(key, body["answers"], by=by, action=body["action"])


def _try_again(engine: Engine, key: int) -> None:
    """Resolve an incident; a job that ran out of retries gets one more."""
    with engine.batch():
        row = engine.store.get(IncidentRow, key)
        job = engine.store.get(JobRow, row.element) if row is not None else None
        if row is not None and job is not None and not job.retries:
            engine.update_job(row.element, retries=1)
        engine.resolve(key)


class Desk:
    """The inbox at the door: the feed and the inbox's clock hand run in a thread while the desk is entered."""

    def __init__(
        self,
        inbox: Inbox,
        partitions: Partitions,
        now: Callable[[], int],
        *,
        incident_groups: Iterable[str] = (),
    ) -> None:
        self.inbox = inbox
        self.now = now
        self.feed = Feed(inbox, partitions, incident_groups=tuple(incident_groups))
        self._stopping = threading.Event()
        self._hand = threading.Thread(target=self._run, name="zaizao-inbox-feed", daemon=True)

    @classmethod
    def over(cls, url: str, partitions: Partitions, now: Callable[[], int], **settings: Any) -> Self:
        """A desk whose items lie in the database at ``url`` (``sqlite:///bank.db``)."""
        return cls(Inbox(url), partitions, now, **settings)

    def __enter__(self) -> Self:
        """Keep inbox and engine in step from now on; what happened meanwhile is caught up."""
        self._hand.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; what was begun finishes."""
        self._stopping.set()
        if self._hand.is_alive():
            self._hand.join(timeout=10)
        self.inbox.close()

    def follow(self) -> None:
        """Bring inbox and engine in step now, after someone did something; trouble is left to the thread."""
        try:
            while self.feed.run(self.now()):
                pass
        except Exception:
            log.exception("inbox and engine are brought in step later")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.feed.run(self.now()) + self.inbox.tick(now=self.now())
            except Exception:
                log.exception("the inbox's feed had trouble; it goes on")
                busy = 0
            if not busy:
                self._stopping.wait(PAUSE)

"""The runtime of one partition: one writer, batches, follow-ups.

Rule kept: commands are taken one at a time; each is stepped, journaled and projected, and what it sets off in other
cases (a called process, a signal, a message) is carried out before the next command, in order, in the same
transaction. A batch is one transaction: all of it becomes durable together. Anything unforeseen rolls the batch back
and forgets every cached case, so that memory never runs ahead of the store.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from zaizao.calendars import Holidays, WorkCalendar, office
from zaizao.engine import commands as c
from zaizao.engine.answering import step
from zaizao.engine.carrying import home_of
from zaizao.engine.clock import Clock
from zaizao.engine.effects import EFFECTS
from zaizao.engine.errors import CommandRejected
from zaizao.engine.executable import Executable
from zaizao.engine.keys import CaseKey, case_key, case_of, inside
from zaizao.engine.library import Library
from zaizao.engine.parcels import AnyParcel, Closed
from zaizao.engine.post import Post
from zaizao.engine.projections import Writer, project
from zaizao.engine.rebuilding import renew
from zaizao.engine.records import ParcelSent, Rejection, WaitCanceled, WaitKind, WaitTriggered
from zaizao.engine.state import Case
from zaizao.engine.step import Answer, Surroundings
from zaizao.engine.stores import Store, SubscriptionRow

CACHED_CASES = 20_000
"""Cases kept decoded between batches; the others wait in the store."""


def bank_calendars(zone: str) -> dict[str, WorkCalendar]:
    """Calendars that models may name: ``office`` (weekdays) and ``office-cn`` (with the State Council's holidays)."""
    return {"office": office(zone=zone), "office-cn": office("office-cn", zone, Holidays.CN)}


class Runtime:
    """The writer of partition ``partition`` over ``store``."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        partition: int = 1,
        partitions: int = 1,
        zone: str = "Asia/Shanghai",
        calendars: Mapping[str, WorkCalendar] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.partition = partition
        self.partitions = partitions
        self.zone = ZoneInfo(zone)
        self.calendars = calendars if calendars is not None else bank_calendars(zone)
        if store.outdated:
            renew(store)
        self.library = Library(store)
        self.post = Post(self)
        self._cached: OrderedDict[int, Case] = OrderedDict()
        self._due: deque[Callable[[], object]] = deque()
        self._depth = 0
        self._lock = threading.RLock()
        self._draining = False
        self.touched = 0  # grows with whatever may have to be undone
        self.ended: list[int] = []  # cases that ended; who looks takes them out

    # --- transactions ---

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction around everything inside; nests.

        A rejection that leaves the batch undoes nothing: it changed nothing, and what came before it stays.
        """
        with self._lock:
            if not self._depth and self.store.begin():
                self.forget()
            self._depth += 1
            rejected: CommandRejected | None = None
            try:
                try:
                    yield
                except CommandRejected as rejection:
                    rejected = rejection
                if self._depth == 1:
                    self.store.commit()  # a rejection is on record too
                    self._trim()
            except BaseException:
                if self._depth == 1:
                    self.forget()
                    self._due.clear()
                    self.store.rollback()
                raise
            finally:
                self._depth -= 1
            if rejected is not None:
                raise rejected

    def forget(self) -> None:
        """What is cached may be outdated: read it from the store again."""
        self._cached.clear()
        self.library.forget()

    def refresh(self) -> None:
        """Before a question of one who only reads: others may have written and deployed."""
        self._cached.clear()
        self.library.refresh()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """No command of another thread runs while something is read."""
        with self._lock:
            yield

    def _trim(self) -> None:
        while len(self._cached) > CACHED_CASES:
            self._cached.popitem(last=False)
        del self.ended[:-CACHED_CASES]

    # --- cases ---

    def case(self, key: int) -> Case | None:
        """The live case ``key``."""
        case = self._cached.get(key)
        if case is None:
            case = self.store.load_case(key)
            if case is None:
                return None
            self._cached[key] = case
        return case

    def tell(self, key: CaseKey, command: c.Command) -> list[Any]:
        """Step a live case, and carry out what follows; returns the records, or one rejection."""
        with self._lock:
            if self._depth:
                return self._tell(key, command)
            with self.batch():
                return self._tell(key, command)

    def _tell(self, key: CaseKey, command: c.Command) -> list[Any]:
        case = self.case(key)
        if case is None:
            self.touched += 1
            rejection = Rejection(type(command).__name__, "not-found", f"no live case {key}")
            self.store.append(0, self.clock.now(), [rejection])
            return [rejection]
        return self._step(case, self.library.executable(case.process), command)

    def create(self, process: Executable, command: c.Start) -> CaseKey:
        """A new case of ``process``."""
        with self.batch():
            key = case_key(self.partition, self.store.next_number())
            case = Case(key, process.key)
            self._cached[key] = case
            events = self._step(case, process, command)
            if isinstance(events[0], Rejection):
                self._cached.pop(key, None)
                raise CommandRejected(events[0].code, events[0].reason)
            return key

    def _step(self, case: Case, process: Executable, command: c.Command) -> list[Any]:
        now = self.clock.now()
        self.touched += 1
        try:
            events = step(process, case, command, Surroundings(now, self.zone, self._decide, self.calendars))
        except BaseException:
            self.store.save_case(case)  # half changed: the rollback that follows must make it again
            raise
        if not events:
            return events
        self.store.append(case.key, now, events)
        if type(command) is c.MigrateCase and case.process != process.key:
            process = self.library.executable(case.process)
        far = self._far_waits(case, events) if self.partitions > 1 else ()
        Writer(self.store, case, process, now).write(events)
        if case.elements or case.ended:
            self.store.save_case(case)
        if case.ended:
            self._cached.pop(case.key, None)
            self.ended.append(case.key)
        for event in events:
            kind = type(event)
            if kind in EFFECTS:
                self._due.append(EFFECTS[kind](self, case, event))
        for receiver, wait in far:
            self._due.append(partial(self.send, receiver, Closed(wait)))
        if self._due:
            self._drain()
        return events

    def _decide(self, decision: str, variables: Mapping[str, Any], caller: int = 0) -> Answer:
        return self.library.decisions.decide(decision, variables, self.clock.now(), self.zone, caller)

    def _drain(self) -> None:
        """Carry out what is due, in order; what that sets off comes after."""
        if self._draining:
            return
        self._draining = True
        try:
            while self._due:
                self._due.popleft()()
        finally:
            self._draining = False

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Within, what commands set off elsewhere waits; it is carried out at the end."""
        outer, self._draining = self._draining, True
        try:
            yield
        finally:
            self._draining = outer
        self._drain()

    def note(self, event: Any) -> None:
        """Journal and project an event of the partition itself."""
        now = self.clock.now()
        self.touched += 1
        self.store.append(0, now, [event])
        project(self.store, event, now)

    # --- other partitions ---

    def home(self, correlation: str) -> int:
        """The partition that keeps the messages with this correlation key."""
        return self.partition if self.partitions == 1 else home_of(correlation, self.partitions)

    def send(self, receiver: int, parcel: AnyParcel) -> None:
        """Record something for another partition."""
        key = case_key(self.partition, self.store.next_number())
        self.note(ParcelSent(key, receiver, parcel))

    def send_all(self, parcel: AnyParcel) -> None:
        """Record something for every other partition."""
        for receiver in range(1, self.partitions + 1):
            if receiver != self.partition:
                self.send(receiver, parcel)

    def _far_waits(self, case: Case, events: list[Any]) -> list[tuple[int, int]]:
        """Waits that these events end and that another partition knows of: (that partition, key)."""
        ended = []
        for event in events:
            if type(event) is WaitCanceled or (type(event) is WaitTriggered and not event.keep):
                row = self.store.get(SubscriptionRow, inside(case.key, event.id))
                if row is not None and row.kind == WaitKind.MESSAGE and self.home(row.correlation) != self.partition:
                    ended.append((self.home(row.correlation), row.key))
        return ended

    def ask(self, key: int, command: c.Command) -> list[Any]:
        """``tell``, but a rejection is raised as ``CommandRejected``."""
        events = self.tell(case_of(key), command)
        first = events[0] if events else None
        if isinstance(first, Rejection):
            raise CommandRejected(first.code, first.reason, key)
        return events

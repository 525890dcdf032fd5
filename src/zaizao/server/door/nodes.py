"""A node among others on one PostgreSQL: it leads some partitions and finds the leaders of the rest.

Rule kept: a request for a partition goes to its leader, here or elsewhere, and is tried again while leadership moves;
who lost a lease cannot commit (the store checks), so moving is safe at any moment. Questions are answered from the
shared database, whoever leads. Parcels between partitions are carried as soon as the database says that there are any.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TypeVar

import httpx
import psycopg

from zaizao.engine import (
    FIRST,
    Clock,
    Engine,
    LeaseLost,
    Leases,
    ParcelRow,
    PostgresStore,
    StoreUnavailable,
    home_of,
    parcels_heard,
    partition_of,
)
from zaizao.server.door.partitions import Partitions
from zaizao.server.door.passing import INCOMING, Answered, pass_on, patience
from zaizao.server.door.writer import ANYTHING, Writer, closed

Answer = TypeVar("Answer")
MOVING = 10.0
"""Seconds that a request waits for its partition to have a leader again."""
SLICE = 0.25
"""Seconds that a poll waits here before it asks the other nodes again."""
POLL = 2.0
"""Seconds that another node may take to say whether it has jobs; it does not wait for any."""
FORGET_EVERY = 5.0
"""Seconds between clearing away parcels that are carried out."""
AT_ONCE = 200
"""Parcels that are carried in one transaction."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a request for one partition is dealt with, whoever leads it."""

    node: Node
    partition: int

    def do(self, work: Callable[[Engine], Answer]) -> Answer:
        """Run ``work`` at the partition's leader: here, or by passing the whole request on."""
        return self.node.at_leader(self.partition, lambda writer: writer.do(work))

    def ask(self, work: Callable[[Engine], Answer]) -> Answer:
        """Ask what is committed, from here."""
        writer = self.node.writer(self.partition)
        if writer is not None:
            with suppress(LeaseLost):
                return writer.ask(work)
        return self.node.read(self.partition, work)

    def until(self, work: Callable[[Engine], Answer], seconds: float, news: Hashable = ANYTHING) -> Answer:
        """Repeat ``work`` at the partition's leader."""
        return self.node.at_leader(self.partition, lambda writer: writer.until(work, seconds, news))


class First(Desk):
    """The desk of what holds for all partitions: it answers when all of them know."""

    def do(self, work: Callable[[Engine], Answer]) -> Answer:
        answer = Desk.do(self, work)
        self.node.settle()
        return answer


class Node(Partitions):
    """The partitions of the database ``url`` as this node sees them; ``leases`` says which it leads."""

    def __init__(self, url: str, leases: Leases, clock: Clock, *, partitions: int | None = None) -> None:
        super().__init__(())
        self._url = url
        self._leases = leases
        self._clock = clock
        self.count = leases.prepare(partitions)
        self._led: dict[int, Writer] = {}
        self._readers: dict[int, tuple[threading.Lock, Engine]] = {}
        self._changing = threading.Lock()
        self._over = threading.Event()
        self._turn = 0
        self._client = httpx.Client(limits=httpx.Limits(max_connections=256))
        self._threads = [
            threading.Thread(target=self._beat, name="zaizao-leases", daemon=True),
            threading.Thread(target=self._carry, name="zaizao-parcels", daemon=True),
        ]

    # --- life ---

    def start(self) -> None:
        """Take what is free, and begin."""
        self._once()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what was begun and hand the partitions over."""
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)
        for partition in list(self._led):
            self._drop(partition)
        try:
            self._leases.leave()
        except StoreUnavailable as trouble:
            log.warning("the leases run out by themselves: %s", trouble)
        for _, reader in self._readers.values():
            reader.store.close()
        self._client.close()

    def _beat(self) -> None:
        while not self._over.wait(self._leases.life / 3):
            try:
                self._once()
                for writer in self.led():
                    writer.do(lambda engine: engine.follow())
            except StoreUnavailable as trouble:
                log.warning("the leases could not be renewed: %s", trouble)
            except Exception:
                log.exception("the leases could not be looked after")

    def _once(self) -> None:
        change = self._leases.beat(self.count)
        for partition in change.lost:
            log.warning("partition %d has gone to another node", partition)
            self._drop(partition)
        for partition, fence in change.taken.items():
            self._lead(partition, fence)
        for partition in set(self._leases.held) - set(self._led) - set(change.surplus):
            self._lead(partition, self._leases.held[partition])  # it could not be opened the last time
        for partition in change.surplus:
            self._drop(partition)
        self._leases.give(change.surplus)

    def _lead(self, partition: int, fence: int) -> None:
        try:
            store = PostgresStore(self._url, partition=partition, fence=fence)
            writer = Writer(Engine(store, self._clock, partition=partition, partitions=self.count))
        except StoreUnavailable as trouble:
            log.warning("partition %d cannot be opened yet: %s", partition, trouble)
            return
        writer.start()
        with self._changing:
            self._led[partition] = writer
        log.info("leading partition %d", partition)

    def _drop(self, partition: int) -> None:
        with self._changing:
            writer = self._led.pop(partition, None)
        if writer is not None:
            writer.stop()
            writer.close()

    # --- who deals with what ---

    def writer(self, partition: int) -> Writer | None:
        """The writer of a partition that is led here."""
        return self._led.get(partition)

    def of(self, key: int) -> Desk:  # type: ignore[override]
        return Desk(self, partition_of(key) if 0 < partition_of(key) <= self.count else FIRST)

    def fresh(self) -> Desk:  # type: ignore[override]
        led = sorted(self._led) or list(range(1, self.count + 1))
        self._turn += 1
        return Desk(self, led[self._turn % len(led)])

    def first(self) -> Desk:  # type: ignore[override]
        return First(self, FIRST)

    def correlated(self, correlation: str) -> Desk:  # type: ignore[override]
        return Desk(self, home_of(correlation, self.count))

    def all(self) -> Sequence[Desk]:  # type: ignore[override]
        return [Desk(self, partition) for partition in range(1, self.count + 1)]

    def led(self) -> Sequence[Writer]:
        return list(self._led.values())

    def ask_each(self, question: Callable[[Engine], Answer]) -> list[Answer]:
        return [desk.ask(question) for desk in self.all()]

    def read(self, partition: int, question: Callable[[Engine], Answer]) -> Answer:
        """Ask a partition, whoever leads it, from the shared database."""
        with self._changing:
            if partition not in self._readers:
                store = PostgresStore(self._url, partition=partition, read_only=True)
                reader = Engine(store, self._clock, partition=partition, partitions=self.count)
                self._readers[partition] = (threading.Lock(), reader)
            lock, reader = self._readers[partition]
        with lock:
            reader.runtime.refresh()
            reader.history.enough = 0  # its leader follows the journal, a beat behind at most
            return question(reader)

    def at_leader(self, partition: int, here: Callable[[Writer], Answer]) -> Answer:
        """Let the leader deal with it, wherever it is; ``Answered`` where another node did."""
        request = INCOMING.get()
        end = time.monotonic() + MOVING
        while True:
            writer = self.writer(partition)
            try:
                if writer is not None:
                    return here(writer)
                if request is None or request.passed_on:
                    raise closed()
                lease = self._leases.leaders().get(partition)
                if lease is not None and lease.address != self._leases.address:
                    answered = pass_on(self._client, lease.address, request, patience(request))
                    if answered is not None:
                        raise Answered(answered)
            except LeaseLost:
                if request is not None and request.passed_on:
                    raise
            except httpx.HTTPError as lost:
                raise _unknown(partition) from lost
            if time.monotonic() > end:
                raise closed()
            time.sleep(0.05)

    # --- waiting for work ---

    def until(self, work: Callable[[Engine], Answer], seconds: float, news: Hashable = ANYTHING) -> Answer:
        """Repeat ``work`` on the partitions led here; while they have nothing, let the other nodes be asked."""
        request = INCOMING.get()
        passed_on = request is not None and request.passed_on
        begun = time.monotonic()
        bell = threading.Event()
        while True:
            with ExitStack() as watching:
                for writer in self.led():
                    watching.callback(writer.watch(news, bell))
                answers = []
                for answer in self._here(work):
                    if answer:
                        return answer
                    answers.append(answer)
                waited = time.monotonic() - begun
                if passed_on and not answers:
                    raise closed()
                if request is not None and not passed_on:
                    self._ask_others()
                if answers and (passed_on or waited >= seconds):
                    return answers[0]
                if waited >= max(seconds, MOVING):
                    raise closed()  # for all this time nothing has been led here, and nobody else had work
                bell.wait(min(max(seconds - waited, 0.0), SLICE) if answers else SLICE)
                bell.clear()

    def _here(self, work: Callable[[Engine], Answer]) -> Iterator[Answer]:
        """The answers of the partitions led here, another first each time."""
        writers = list(self.led())
        self._turn += 1
        start = self._turn % max(len(writers), 1)
        for writer in writers[start:] + writers[:start]:
            with suppress(LeaseLost):
                yield writer.do(work)

    def _ask_others(self) -> None:
        """Pass the poll on to the other nodes, which do not wait; ``Answered`` by the first that has jobs."""
        request = INCOMING.get()
        assert request is not None
        addresses = {lease.address for lease in self._leases.leaders().values()} - {self._leases.address}
        for address in sorted(addresses):
            try:
                answered = pass_on(self._client, address, request, POLL)
            except httpx.HTTPError as lost:
                log.warning("%s did not answer a poll: %s", address, lost)
                continue
            if answered is not None and (answered.status_code != httpx.codes.OK or answered.json().get("jobs")):
                raise Answered(answered)

    # --- parcels ---

    def settle(self) -> None:
        """Wait until every partition has carried out what the first has for it, or ``MOVING`` seconds."""
        rows = self.read(FIRST, lambda engine: engine.store.find(ParcelRow))
        wanted = {row.receiver: row.key for row in rows}
        end = time.monotonic() + MOVING
        for receiver, key in wanted.items():
            while self.read(receiver, lambda engine: engine.received(FIRST)) < key and time.monotonic() < end:
                time.sleep(0.005)

    def _carry(self) -> None:
        forgotten = time.monotonic()
        while not self._over.is_set():
            try:
                for _ in parcels_heard(self._url, self._over):
                    while self._deliver():
                        pass
                    if time.monotonic() - forgotten > FORGET_EVERY:
                        self._forget()
                        forgotten = time.monotonic()
            except (StoreUnavailable, psycopg.Error) as trouble:
                log.warning("parcels wait: %s", trouble)
                self._over.wait(1.0)
            except Exception:
                log.exception("parcels wait")
                self._over.wait(1.0)

    def _deliver(self) -> int:
        """Carry parcels to the partitions led here; how many there were."""
        moved = 0
        for receiver, writer in list(self._led.items()):
            for sender in range(1, self.count + 1):
                if sender == receiver:
                    continue
                mark = writer.ask(lambda engine, sender=sender: engine.received(sender))  # type: ignore[misc]
                rows = self.read(
                    sender,
                    lambda engine, receiver=receiver, mark=mark: engine.store.find(  # type: ignore[misc]
                        ParcelRow, {"receiver": receiver}, after=mark, limit=AT_ONCE
                    ),
                )
                if rows:
                    moved += writer.do(lambda engine, sender=sender, rows=rows: engine.receive(sender, rows))  # type: ignore[misc]
        return moved

    def _forget(self) -> None:
        for sender, writer in list(self._led.items()):
            receivers = {row.receiver for row in self.read(sender, lambda engine: engine.store.find(ParcelRow))}
            for receiver in receivers:
                mark = self.read(receiver, lambda engine, sender=sender: engine.received(sender))  # type: ignore[misc]
                writer.do(lambda engine, receiver=receiver, mark=mark: engine.forget_parcels(receiver, mark))  # type: ignore[misc]


def _unknown(partition: int) -> StoreUnavailable:
    from zaizao.problems import Problem, Text

    return StoreUnavailable(
        Problem(
            where=f"partition {partition}",
            what=Text("该分区的节点没有回答", "the node that leads this partition did not answer"),
            remedy=Text("请先查询状态，再决定是否重试", "read the state first: the request may have been carried out"),
            code="engine.unanswered",
        )
    )

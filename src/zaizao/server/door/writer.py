"""One writer for one engine: requests of many threads become one transaction, and what is due fires in between.

Rule kept: an engine partition has one writer, and only its thread touches the engine. The requests that came in while
the last transaction was being made durable run in the next one, in order, and are answered when it is durable (group
commit). A rejection of one request undoes nothing of the others. An unforeseen error in one that had begun to change
something undoes the transaction; that one is then done in a transaction of its own, and the others together again. So a
request may run twice, but only one run counts: it must do nothing but ask the engine. Where the database fails, every request of the
transaction is told so, and none is tried again, as nobody knows whether it was done.
A long poll is a request that waits for news (a job of its type, the end of its case) and is tried again in the first
transaction after it; it holds neither the writer nor the engine while it waits. Questions go past the writer to a
second connection of the store, where it has one, and see what is committed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from zaizao.engine import CommandRejected, Engine, HistoryBehind, LeaseLost, StoreUnavailable
from zaizao.problems import Problem, Text
from zaizao.server.access import attributed, unattributed

Answer = TypeVar("Answer")
MOST_TOGETHER = 128
"""Requests in one transaction."""
LONGEST_SLEEP = 1.0
"""Seconds after which the writer looks for what is due even when nothing was known to be."""
ANYTHING: Hashable = ("anything",)
"""The news of whoever waits for any change."""

log = logging.getLogger(__name__)


def job_of(job_type: str) -> Hashable:
    """The news that a job of this type can be taken."""
    return ("job", job_type)


def end_of(case: int) -> Hashable:
    """The news that a case has ended."""
    return ("end", case)


class _Request:
    """One call: what to do, and then its answer or fault."""

    __slots__ = ("answer", "done", "fault", "news", "patient", "work")

    def __init__(self, work: Callable[[Engine], Any], news: Hashable = None) -> None:
        self.work = work
        self.news = news
        self.patient = news is not None
        self.answer: Any = None
        self.fault: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def finish(self) -> None:
        self.done.release()

    def result(self) -> Any:
        if self.fault is not None:
            raise self.fault
        return self.answer


def _fire(engine: Engine) -> None:
    """Do what is due, and learn when something is due next."""
    engine.tick(MOST_TOGETHER)
    engine.store.soonest = engine.next_due()


class _Undone(Exception):
    """A request broke after it had begun to change something."""

    def __init__(self, request: _Request) -> None:
        self.request = request


class Writer:
    """Serialises work on ``engine``; ``start`` and ``stop`` frame the life of its thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: deque[_Request] = deque()
        self._waiting: dict[Hashable, dict[_Request, None]] = {}
        self._changed = threading.Condition()
        self._alone = threading.RLock()
        self._asking = threading.Lock()
        self._reader: Engine | None = None
        self._no_reader = False
        self._stopping = False
        self._tick_at = self._rest_until = 0.0
        self._thread = threading.Thread(target=self._run, name="zaizao-writer", daemon=True)

    @property
    def partition(self) -> int:
        """The number of the partition written here."""
        return self._engine.runtime.partition

    def start(self) -> None:
        """Work from now on; what fell due while nobody ran fires late rather than never."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what has been asked, let those who wait go with nothing, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        with self._changed:
            for request in [*self._queue, *(r for waiting in self._waiting.values() for r in waiting)]:
                request.fault = None if request.patient else closed()
                request.finish()
            self._queue.clear()
            self._waiting.clear()
        with self._asking:
            if self._reader is not None:
                self._reader.store.close()
                self._reader = None
            self._no_reader = True

    def close(self) -> None:
        """Let go of the store of a writer that has stopped."""
        self._engine.store.close()

    # --- what others call ---

    def do(self, work: Callable[[Engine], Answer]) -> Answer:
        """Run ``work`` on the engine, together with others in one transaction; returns when that is durable.

        Who asked is put on record with it.
        """
        work = attributed(work)
        if not self._thread.is_alive():
            return self._at_once(work)
        request = _Request(work)
        self._add(request)
        request.done.acquire()
        return cast(Answer, request.result())

    def ask(self, work: Callable[[Engine], Answer]) -> Answer:
        """Ask what is committed; does not wait for the writer where the store has a second way in."""
        with self._asking:
            if self._reader is None and not self._no_reader:
                self._reader = self._engine.reader()
                self._no_reader = self._reader is None
            if self._reader is not None:
                return self._read(self._reader, work)
        return self.do(work)

    def _read(self, reader: Engine, work: Callable[[Engine], Answer]) -> Answer:
        reader.runtime.refresh()
        reader.history.enough = None
        try:
            return work(reader)
        except HistoryBehind as behind:
            with unattributed():
                self.do(lambda engine: engine.history.catch_up())
            reader.history.enough = behind.position
            return work(reader)

    def watch(self, news: Hashable, bell: threading.Event) -> Callable[[], object]:
        """Set ``bell`` once when there is ``news``, for who waits on several partitions; returns what ends the watch."""

        def ring(_: Engine) -> bool:
            bell.set()
            return True

        ringer = _Request(ring, news)
        with self._changed:
            self._waiting.setdefault(news, {})[ringer] = None
        return lambda: self._withdrawn(ringer)

    def until(self, work: Callable[[Engine], Answer], seconds: float, news: Hashable = ANYTHING) -> Answer:
        """Repeat ``work`` whenever there is ``news`` until its answer is true, or ``seconds`` are over; the last answer."""
        if seconds <= 0 or not self._thread.is_alive():
            return self.do(work)
        request = _Request(work, news)
        self._add(request)
        if not request.done.acquire(timeout=seconds) and not self._withdrawn(request):
            request.done.acquire()  # it is being done right now: what it takes must not be lost
        return cast(Answer, request.result())

    def _at_once(self, work: Callable[[Engine], Answer]) -> Answer:
        if self._stopping:
            raise closed()
        with self._alone:
            return work(self._engine)

    def _add(self, request: _Request) -> None:
        with self._changed:
            if self._stopping:
                request.fault = closed()
                request.finish()
                return
            self._queue.append(request)
            self._changed.notify()

    def _withdrawn(self, request: _Request) -> bool:
        """Its time is over: take it back, unless it is being done; then it is answered after that, come what may."""
        with self._changed:
            request.patient = False
            return self._waiting.get(request.news, {}).pop(request, request) is None

    # --- the writer's thread ---

    def _run(self) -> None:
        while True:
            requests = self._next()
            if not requests:
                return
            with self._alone:
                before = self._engine.runtime.touched
                self._together(requests)
                self._look_for_due(requests)
                self._answer(requests, changed=self._engine.runtime.touched != before)

    def _next(self) -> list[_Request]:
        """What to do now: requests, or what is due; nothing when it is time to stop."""
        with self._changed:
            while not self._queue and not self._stopping:
                left = self._tick_at - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if self._stopping and not self._queue:
                return []
            requests = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_TOGETHER))]
        if time.monotonic() >= self._tick_at:
            requests.append(_Request(_fire))
            self._tick_at = self._rest_until = time.monotonic() + LONGEST_SLEEP
        return requests

    def _look_for_due(self, requests: list[_Request]) -> None:
        """When to fire next: the earliest of what was armed; after a firing that failed, not at once."""
        now, store = time.monotonic(), self._engine.store
        if any(request.work is _fire and request.fault is None for request in requests):
            self._rest_until = now
        if store.soonest is not None:
            due = now + (store.soonest - self._engine.clock.now()) / 1e6
            self._tick_at = max(min(self._tick_at, due), self._rest_until)

    def _together(self, requests: list[_Request]) -> None:
        while requests:
            try:
                with self._engine.batch():
                    for request in requests:
                        self._try(request)
                return
            except _Undone as undone:
                self._singly(undone.request)
                requests = [request for request in requests if request is not undone.request]
            except StoreUnavailable as trouble:
                log.warning("a transaction of %d requests was not carried out: %s", len(requests), trouble)
                for request in requests:
                    request.answer, request.fault = None, trouble
                return
            except Exception:
                for request in requests:
                    self._singly(request)
                return

    def _try(self, request: _Request) -> None:
        touched = self._engine.runtime.touched
        request.answer = request.fault = None
        try:
            request.answer = request.work(self._engine)
        except CommandRejected as rejected:
            request.fault = rejected
        except StoreUnavailable:
            raise
        except Exception as fault:
            if self._engine.runtime.touched != touched:
                raise _Undone(request) from fault
            request.fault = fault  # it changed nothing, so there is nothing to undo

    def _singly(self, request: _Request) -> None:
        request.answer = request.fault = None
        try:
            with self._engine.batch():
                request.answer = request.work(self._engine)
        except Exception as fault:
            request.fault = fault

    def _answer(self, requests: list[_Request], *, changed: bool) -> None:
        """Answer who has an answer; let the patient wait; wake those for whom there is news."""
        runtime, store = self._engine.runtime, self._engine.store
        news = [job_of(job_type) for job_type in store.ready] + [end_of(case) for case in runtime.ended]
        store.ready.clear()
        runtime.ended.clear()
        with self._changed:
            for one in [*news, ANYTHING] if changed else news:
                self._queue.extend(self._waiting.pop(one, ()))
            for request in requests:
                if request.patient and not request.answer and request.fault is None and not self._stopping:
                    waits = news.count(request.news) == 0 and request.news is not ANYTHING
                    if waits or not changed:
                        self._waiting.setdefault(request.news, {})[request] = None
                    else:
                        self._queue.append(request)
                else:
                    request.finish()


def closed() -> LeaseLost:
    """The refusal of a writer that has stopped: nothing was done."""
    return LeaseLost(
        Problem(
            where="engine",
            what=Text("该分区正在关闭或移交", "this partition is being closed or moves to another node"),
            remedy=Text("请稍后重试", "try again in a moment"),
            code="engine.closing",
        )
    )

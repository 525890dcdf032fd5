"""One writer for one engine: calls from many threads, one at a time, and a clock hand that fires what is due.

Rule kept: an engine partition has one writer. Requests take the lock for one transaction; nobody holds it while
waiting. A long poll sleeps on the condition that every finished call signals.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from zaizao.engine import Engine
from zaizao.server.access import attributed

Answer = TypeVar("Answer")
LONGEST_SLEEP = 1.0
"""Seconds after which the clock hand looks again even when nothing was due."""


class Writer:
    """Serialises work on ``engine``; ``start`` and ``stop`` frame the clock hand's life."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._stopping = False
        self._hand = threading.Thread(target=self._tick, name="zaizao-clock-hand", daemon=True)

    def start(self) -> None:
        """Let due timers fire from now on; those that fell due while nobody ran fire late rather than never."""
        self._hand.start()

    def stop(self) -> None:
        """Stop the clock hand; calls already begun finish."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._hand.is_alive():
            self._hand.join(timeout=5)

    def do(self, work: Callable[[Engine], Answer]) -> Answer:
        """Run ``work`` alone on the engine and wake whoever waits for a change; who asked is put on record with it."""
        work = attributed(work)
        with self._changed:
            try:
                return work(self._engine)
            finally:
                self._changed.notify_all()

    def ask(self, work: Callable[[Engine], Answer]) -> Answer:
        """Run a question alone on the engine; wakes nobody."""
        with self._changed:
            return work(self._engine)

    def until(self, work: Callable[[Engine], Answer], seconds: float) -> Answer:
        """Repeat ``work`` after each change until its answer is true, or ``seconds`` have passed; the last answer."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                answer = work(self._engine)
                left = end - time.monotonic()
                if answer or left <= 0 or self._stopping:
                    return answer
                self._changed.wait(min(left, LONGEST_SLEEP))

    def _tick(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                if self._engine.tick():
                    self._changed.notify_all()
                    continue
                due = self._engine.next_due()
                wait = LONGEST_SLEEP if due is None else (due - self._engine.clock.now()) / 1e6
                self._changed.wait(min(max(wait, 0.001), LONGEST_SLEEP))

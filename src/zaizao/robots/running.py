"""Running robots: one worker loop a process, leases kept alive by a heartbeat, evidence of failures.

Rule kept: an item is concluded only by the worker that holds its lease; a worker that dies leaves its item to the next
one when the lease ends. The worker asks for nothing new when it was told to stop, and finishes what it holds.
"""

from __future__ import annotations

import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from zaizao.robots.browser import Browser
from zaizao.robots.credentials import Credentials
from zaizao.robots.errors import BusinessException, RobotError
from zaizao.robots.items import Happening, Item
from zaizao.robots.robot import Robot, Work
from zaizao.robots.schedule import Hours
from zaizao.robots.store import RobotStore


@dataclass(frozen=True, slots=True)
class Tally:
    """What a worker did."""

    done: int = 0
    refused: int = 0
    failed: int = 0

    def plus(self, happening: Happening) -> Tally:
        """One more."""
        if happening is Happening.FINISHED:
            return Tally(self.done + 1, self.refused, self.failed)
        if happening is Happening.BUSINESS_EXCEPTION:
            return Tally(self.done, self.refused + 1, self.failed)
        return Tally(self.done, self.refused, self.failed + 1)


class Worker:
    """Serves one robot's queue under ``name``. ``now`` gives µs UTC; ``evidence`` is where failed attempts leave files."""

    def __init__(
        self,
        store: RobotStore,
        robot: Robot,
        *,
        name: str,
        now: Callable[[], int],
        evidence: Path,
        credentials: Credentials | None = None,
        hours: Hours | None = None,
        trace: bool = True,
    ) -> None:
        self._store = store
        self._robot = robot
        self._name = name
        self._now = now
        self._evidence = evidence
        self._credentials = credentials
        self._hours = hours
        self._trace = trace
        self._browser: Browser | None = None
        self.stopping = threading.Event()

    def run(self, *, until_empty: bool = False, pause: float = 0.2) -> Tally:
        """Work until told to stop, or until nothing waits."""
        tally = Tally()
        self._store.open_queue(self._robot.queue)
        try:
            while not self.stopping.is_set():
                happening = self.once()
                if happening is not None:
                    tally = tally.plus(happening)
                elif until_empty:
                    break
                else:
                    self.stopping.wait(pause)
        finally:
            if self._browser is not None:
                self._browser.close()
                self._browser = None
        return tally

    def once(self) -> Happening | None:
        """One item, if any waits and the hours allow; what came of it."""
        now = self._now()
        if self._hours is not None and not self._hours.allowed(now):
            return None
        self._store.give_up_lost(now)
        item = self._store.take(self._robot.queue, self._name, now, self._robot.lease_us)
        return None if item is None else self._attempt(item)

    def _attempt(self, item: Item) -> Happening:
        with tempfile.TemporaryDirectory(prefix="zaizao-robot-") as place:
            folder = Path(place)
            result, error, happening = {}, "", Happening.FINISHED
            with self._heartbeat(item):
                try:
                    result = self._act(item, folder)
                except BusinessException as refusal:
                    happening, error = Happening.BUSINESS_EXCEPTION, f"{refusal.code}: {refusal}"
                except Exception as fault:  # whatever a robot meets is an attempt that failed, never the worker's end
                    happening, error = Happening.SYSTEM_EXCEPTION, f"{type(fault).__name__}: {fault}"[:2000]
                    (folder / "traceback.txt").write_text(traceback.format_exc(), encoding="utf-8")
            kept = self._kept(item, folder) if happening is Happening.SYSTEM_EXCEPTION else ""
        try:
            self._store.conclude(item, happening, self._now(), result=result, error=error, evidence=kept)
        except RobotError:
            return Happening.LEASE_OVER  # another robot has it now, and its word counts
        return happening

    def _act(self, item: Item, folder: Path) -> dict[str, object]:
        if self._robot.browser and self._browser is None:
            self._browser = Browser(trace=self._trace)
        opened = self._browser.page(folder) if self._browser is not None else nullcontext()
        with opened as page:
            return dict(self._robot.act(Work(item, folder, page, self._giving())) or {})

    def _giving(self) -> Callable[[str], str] | None:
        credentials = self._credentials
        if credentials is None:
            return None
        return lambda name: credentials.give(name, self._robot.name, self._now())

    def _kept(self, item: Item, folder: Path) -> str:
        """The attempt's files, moved to where people find them."""
        place = self._evidence / item.queue / f"{item.id}-{item.fence}"
        place.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            if file.is_file():
                (place / file.name).write_bytes(file.read_bytes())
        return str(place)

    @contextmanager
    def _heartbeat(self, item: Item) -> Iterator[None]:
        """Renews the lease at a third of its length while the robot works."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(self._robot.lease_us / 3e6):
                if not self._store.renew(item, self._now(), self._robot.lease_us):
                    return

        hand = threading.Thread(target=beat, name="zaizao-robot-heartbeat", daemon=True)
        hand.start()
        try:
            yield
        finally:
            ended.set()
            hand.join()

"""The hand that lets history follow the journal while the server runs.

Rule kept: it works in small pieces and rests as long as it worked, so that requests always find the writer free at
least half of the time. Who searches does not depend on it: a search follows to the end first.
"""

from __future__ import annotations

import logging
import threading
import time

from zaizao.problems import ZaizaoError
from zaizao.server.door.partitions import Partitions

PIECE = 200
"""Journal entries in one transaction."""
IDLE = 1.0
"""Seconds between looks when there is nothing new."""
log = logging.getLogger(__name__)


class Following:
    """Follows the journals of the partitions led here; ``start`` and ``stop`` frame its life."""

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="zaizao-history", daemon=True)

    def start(self) -> None:
        """Follow from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Follow no more; the piece at hand is finished."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            begin = time.monotonic()
            busy = self._once()
            self._stopping.wait(max(time.monotonic() - begin, 0.005) if busy else IDLE)

    def _once(self) -> bool:
        """One piece of each journal; whether there is more."""
        more = False
        for writer in self._partitions.led():
            try:
                more = writer.do(lambda engine: engine.follow(PIECE)) == PIECE or more
            except ZaizaoError as trouble:
                log.warning("history waits: %s", trouble)
        return more

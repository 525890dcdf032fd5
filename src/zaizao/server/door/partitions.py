"""The partitions behind the door: which writer a request goes to.

Rule kept: a key names its partition, so what belongs to a case always goes to the one writer of that case; a message
goes to the partition that its correlation key names; a new case goes to any partition led here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from zaizao.engine import Engine
from zaizao.server.door.writer import ANYTHING, Writer

Answer = TypeVar("Answer")


class Partitions:
    """One partition, embedded."""

    def __init__(self, writers: Iterable[Writer]) -> None:
        self._writers = tuple(writers)

    def start(self) -> None:
        """Let due timers fire from now on."""
        for writer in self._writers:
            writer.start()

    def stop(self) -> None:
        """Stop the clock hands; calls already begun finish."""
        for writer in self._writers:
            writer.stop()

    def of(self, _key: int) -> Writer:
        """The writer of the partition that ``key`` belongs to."""
        return self._writers[0]

    def fresh(self) -> Writer:
        """A writer for a new case."""
        return self._writers[0]

    def first(self) -> Writer:
        """The writer of what holds for all partitions: deployments."""
        return self._writers[0]

    def correlated(self, _correlation: str) -> Writer:
        """The writer that buffers messages with this correlation key."""
        return self._writers[0]

    def all(self) -> Sequence[Writer]:
        """Every partition, whoever leads it, to be asked."""
        return self._writers

    def led(self) -> Sequence[Writer]:
        """The writers of the partitions led here: job activation, deployments, signals."""
        return self._writers

    def ask_each(self, question: Callable[[Engine], Answer]) -> list[Answer]:
        """Ask every partition; for searches and counts, which the caller merges."""
        return [writer.ask(question) for writer in self._writers]

    def until(self, work: Callable[[Engine], Answer], seconds: float, news: Hashable = ANYTHING) -> Answer:
        """Repeat ``work`` when there is ``news`` until an answer is true or ``seconds`` are over."""
        return self._writers[0].until(work, seconds, news)

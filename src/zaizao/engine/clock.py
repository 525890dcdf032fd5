"""Clocks: where the time of a step comes from. Times are µs UTC."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> int:
        """µs UTC."""


class SystemClock:
    """The machine's clock; it never goes back by itself, even where the machine's does. It can be pinned."""

    def __init__(self) -> None:
        self._last = 0
        self._pinned: int | None = None

    def pin(self, at_us: int | None) -> None:
        """Stand at ``at_us``, earlier or later than now; ``None`` follows the machine again."""
        self._pinned = at_us
        self._last = 0

    def now(self) -> int:
        """µs UTC, not before the last answer."""
        if self._pinned is not None:
            return self._pinned
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last


class VirtualClock:
    """A clock that stands still until it is told."""

    def __init__(self, start_us: int = 0) -> None:
        self._now = start_us

    def now(self) -> int:
        """µs UTC."""
        return self._now

    def advance(self, by_us: int) -> None:
        """Go forward by ``by_us``."""
        if by_us < 0:
            raise ValueError("time does not go back")
        self._now += by_us

    def advance_to(self, at_us: int) -> None:
        """Go forward to ``at_us``; a time before now changes nothing."""
        self._now = max(self._now, at_us)

"""What stops the reckoning of working time."""

from __future__ import annotations

from zaizao.problems import ZaizaoError


class CalendarError(ZaizaoError):
    """A calendar that cannot say when work is done: an unknown holiday year, a malformed week, no working time."""

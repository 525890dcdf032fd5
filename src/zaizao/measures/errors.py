"""What stops a measure."""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class MeasureError(ZaizaoError):
    """A figure that the log does not carry, or goals that cannot be understood."""


def unmeasurable(where: str, code: str, what: tuple[str, str], remedy: tuple[str, str]) -> MeasureError:
    """The error with one problem; ``what`` and ``remedy`` are (zh, en)."""
    return MeasureError(Problem(where, Text(*what), Text(*remedy), code))

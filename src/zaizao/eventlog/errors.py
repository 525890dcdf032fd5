"""What stops the reading or writing of a log, and the shorthand for saying it."""

from __future__ import annotations

from zaizao.problems import Problem, Severity, Text, ZaizaoError


class LogError(ZaizaoError):
    """A log that cannot be read, written or filtered."""


def refuse(where: str, code: str, what: tuple[str, str], remedy: tuple[str, str]) -> LogError:
    """The error with one problem; ``what`` and ``remedy`` are (zh, en)."""
    return LogError(Problem(where, Text(*what), Text(*remedy), code))


def finding(
    where: str, code: str, what: tuple[str, str], remedy: tuple[str, str], severity: Severity = Severity.WARNING
) -> Problem:
    """A fact about the data with which reading goes on; ``what`` and ``remedy`` are (zh, en)."""
    return Problem(where, Text(*what), Text(*remedy), code, severity)

"""What goes wrong with robots: the two kinds of exception that a robot may raise, and what the centre refuses.

Rule kept: a business exception is an answer (the case itself is wrong) and is never retried; a system exception is a
failure of machines (a page that does not open) and is retried until the attempts are used up. Anything else a robot
raises counts as a system exception.
"""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class RobotError(ZaizaoError):
    """A robot, queue or item that cannot be used."""


class BusinessException(Exception):
    """The item cannot be done as it is: wrong data, a refused customer. ``code`` is stable, for people to sort by."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class SystemException(Exception):
    """A machine failed: worth another attempt."""


def refused(where: str, zh: str, en: str, remedy: Text, code: str) -> RobotError:
    """A ``RobotError`` with one problem."""
    return RobotError(Problem(where, Text(zh, en), remedy, code=f"robots.{code}"))

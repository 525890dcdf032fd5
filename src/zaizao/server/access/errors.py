"""What access refuses, with a place, a fact and a remedy."""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class AccessError(ZaizaoError):
    """A user, token or setting that cannot be as asked."""


class AccessConflict(AccessError):
    """The request is sound, but what is there now does not allow it."""


class NotAllowed(AccessError):
    """This one may not do that."""


class NotKnown(AccessError):
    """No such user, token or approval."""


def problem(where: str, zh: str, en: str, code: str, remedy: Text) -> Problem:
    """A problem of access."""
    return Problem(where=where, what=Text(zh, en), remedy=remedy, code=f"access.{code}")

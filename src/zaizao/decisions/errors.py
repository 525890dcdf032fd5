"""What the decision service refuses."""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class DecisionError(ZaizaoError):
    """A decision, version or arrangement that cannot be used."""


def refused(where: str, zh: str, en: str, remedy: Text, code: str) -> DecisionError:
    """A ``DecisionError`` with one problem."""
    return DecisionError(Problem(where, Text(zh, en), remedy, code=f"decisions.{code}"))

"""What stops human work: input that cannot be understood, and commands that do not apply."""

from __future__ import annotations

from collections.abc import Sequence

from zaizao.problems import Problem, Text, ZaizaoError


class InboxError(ZaizaoError):
    """A form, ladder or skill that cannot be read, or a database that cannot be used."""


class FormError(InboxError):
    """A form that cannot be used."""


class WorkRefused(InboxError):
    """A command on a work item that does not apply; ``code`` is stable (``"taken"``, ``"same-person"``, …)."""

    def __init__(self, code: str, problems: Problem | Sequence[Problem]) -> None:
        super().__init__(problems)
        self.code = code


def trouble(where: str, code: str, what: tuple[str, str], remedy: tuple[str, str]) -> Problem:
    """One problem; ``what`` and ``remedy`` are (zh, en)."""
    return Problem(where, Text(*what), Text(*remedy), f"inbox.{code}")

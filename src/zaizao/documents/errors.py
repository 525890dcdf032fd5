"""What the documents room refuses."""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class DocumentError(ZaizaoError):
    """A file that is no readable document."""


def refused(where: str, zh: str, en: str, remedy: Text, code: str) -> DocumentError:
    """A ``DocumentError`` with one problem."""
    return DocumentError(Problem(where, Text(zh, en), remedy, code=f"documents.{code}"))

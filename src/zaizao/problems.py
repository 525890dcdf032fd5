"""Problems: what is wrong, where, and what to do about it, in the reader's language.

Every room speaks of bad input in this vocabulary: a *problem* names a place, a fact and a remedy. Checks return lists
of problems as values; what cannot go on raises a ``ZaizaoError`` that carries them. Each room derives its own error
from ``ZaizaoError`` in its ``errors.py``. This module is below all rooms and imports none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages that people read."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages; Chinese first, as the users read."""

    zh: str
    en: str

    def say(self, language: Language | str) -> str:
        """The words in ``language`` (``"zh"`` or ``"en"``)."""
        return self.zh if language == Language.ZH else self.en

    @staticmethod
    def both(words: str) -> Text:
        """A text that reads the same in both languages: a name, a code, a figure."""
        return Text(words, words)


class Severity(StrEnum):
    """An ERROR stops; a WARNING is shown and goes on; an INFO is a fact worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    ``where`` names file and place (``"loan.bpmn: gateway Gateway_1"``, ``"log.csv: line 17"``), ``what`` the fact,
    ``remedy`` what the reader can do. ``code`` is stable and searchable (``"csv.no-case-column"``).
    """

    where: str
    what: Text
    remedy: Text
    code: str = ""
    severity: Severity = Severity.ERROR

    def say(self, language: Language | str) -> str:
        """One sentence: place, fact, remedy."""
        if language == Language.ZH:
            return f"{self.where}：{self.what.zh}；{self.remedy.zh}"
        return f"{self.where}: {self.what.en}; {self.remedy.en}"


class ZaizaoError(Exception):
    """Work that cannot go on. Carries at least one problem; the root of every room's error tree."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(" | ".join(problem.say(Language.EN) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ZaizaoError], tuple[tuple[Problem, ...]]]:
        """Made again from its problems: an error of a worker process arrives whole."""
        return type(self), (self.problems,)

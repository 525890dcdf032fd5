"""What a command says to a person or to a program: language, problems, exit codes, JSON.

Rule kept: a command either prints for people (in Chinese or English) or, with ``--json``, prints one JSON document
and nothing else on standard output; problems go to standard error in both cases. Exit codes: 0 done, 1 done with a
negative answer (a check that found errors), 2 input refused, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.console import Console

from zaizao.problems import Language, Problem, Severity, Text

Json = Annotated[bool, typer.Option("--json", help="one JSON document. 输出一个 JSON 文档。")]
"""The option that every command has."""

REFUSED = 2
INTERRUPTED = 130


def language_of(environment: Mapping[str, str]) -> Language:
    """The user's language: ``ZAIZAO_LANG``, else the locale; English where neither says Chinese."""
    for name in ("ZAIZAO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return Language.ZH if value.lower().startswith("zh") else Language.EN
    return Language.EN


@dataclass(slots=True)
class Terminal:
    """Where a command speaks. ``json`` switches from people's output to one JSON document."""

    language: Language = field(default_factory=lambda: language_of(os.environ))
    json: bool = False
    out: Console = field(default_factory=Console)
    err: Console = field(default_factory=lambda: Console(stderr=True))

    def say(self, text: Text) -> str:
        """``text`` in the user's language."""
        return text.say(self.language)

    def line(self, text: Text | str) -> None:
        """One line for people; silent with ``--json``."""
        if not self.json:
            self.out.print(text if isinstance(text, str) else self.say(text), highlight=False, soft_wrap=True)

    def document(self, value: object) -> None:
        """One JSON document for programs; silent without ``--json``."""
        if self.json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False) + "\n")

    def problems(self, problems: Iterable[Problem]) -> None:
        """Problems on standard error, one sentence each, worst first."""
        colour = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
        rank = list(Severity)
        for problem in sorted(problems, key=lambda p: rank.index(p.severity)):
            self.err.print(
                problem.say(self.language),
                style=colour[problem.severity],
                highlight=False,
                soft_wrap=True,
                markup=False,
            )


terminal = Terminal()
"""The one terminal of this process."""


def problem_document(problem: Problem) -> dict[str, object]:
    """A problem as JSON, in both languages."""
    return {
        "where": problem.where,
        "code": problem.code,
        "severity": problem.severity.value,
        "what": {"zh": problem.what.zh, "en": problem.what.en},
        "remedy": {"zh": problem.remedy.zh, "en": problem.remedy.en},
    }

"""FEEL cases as data: every row of ``cases/*.csv`` is an expression, a context and the value that must come out.

The separator is a semicolon, written ``\\u003b`` inside an expression; quotes have no meaning of their own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from zaizao import feel

_CASES = sorted((Path(__file__).parent / "cases").glob("*.csv"))


def _rows() -> list[tuple[str, str, str, str]]:
    rows = []
    for file in _CASES:
        with file.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines, delimiter=";", quoting=csv.QUOTE_NONE), 2):
                rows.append((f"{file.stem}:{number}", row["expression"], row["context"], row["result"]))
    return rows


@pytest.mark.parametrize(("place", "expression", "context", "result"), _rows(), ids=lambda value: None)
def test_an_expression_yields_what_its_row_says(place: str, expression: str, context: str, result: str) -> None:
    variables = feel.compile(context or "{}").evaluate()
    found = feel.compile(expression, names=variables.keys()).evaluate(variables)
    # What is wanted is written in FEEL too, but only its text is compared: 1.0 is 1.0 there, and null is not false.
    wanted = feel.compile(result).evaluate()
    assert type(found) is type(wanted), place
    assert feel.string_of(found) == feel.string_of(wanted), place

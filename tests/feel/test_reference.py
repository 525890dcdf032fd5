"""The reference page is complete and true: every built-in stands in it as it is, every example gives what it says."""

from __future__ import annotations

import re
from pathlib import Path

from zaizao import feel

_PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "feel.md").read_text(encoding="utf-8")
_ROWS = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in _PAGE.splitlines() if line.startswith("| ")]


def _codes(cell: str) -> list[str]:
    return [part.strip("`") for part in cell.split("<br>") if part.startswith("`")]


def test_every_built_in_has_its_row_with_every_way_to_call_it() -> None:
    shown = {code for row in _ROWS if len(row) >= 2 for code in _codes(row[0])}
    wanted = {
        overload.signature.replace("|", " or ") for built in feel.BUILT_INS.values() for overload in built.overloads
    }
    assert wanted <= shown


def test_every_example_gives_what_the_page_says() -> None:
    examples = [pair for row in _ROWS if len(row) >= 3 for pair in zip(_codes(row[-2]), _codes(row[-1]), strict=True)]
    assert len(examples) > 100
    for text, result in examples:
        found, wanted = feel.compile(text).evaluate(), feel.compile(result).evaluate()
        assert (type(found), feel.string_of(found)) == (type(wanted), feel.string_of(wanted)), text

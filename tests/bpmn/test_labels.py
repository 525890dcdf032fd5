"""Words in pictures: a Latin word stays whole where it can, and where it cannot it breaks where a reader expects."""

from __future__ import annotations

import re

from hypothesis import given, strategies as st

from zaizao.bpmn import Definitions, Process, Task, TaskKind, layout
from zaizao.bpmn.labels import SMALLEST, block, fitting, text_width, wrap
from zaizao.bpmn.picture import svg


def test_outside_a_box_no_word_is_broken() -> None:
    assert wrap("Reconciliation mismatch", 60, 11, boxed=False) == ["Reconciliation", "mismatch"]
    width, height = block("Reconciliation mismatch", 60, 11)
    assert width == text_width("Reconciliation", 11) > 60 and height == 2 * 14


def test_in_a_box_letters_shrink_before_a_word_breaks_and_it_breaks_at_its_joints() -> None:
    size = fitting("Reconciliation", 74, 12)
    assert SMALLEST <= size < 12 and wrap("Reconciliation", 74, size) == ["Reconciliation"]
    assert wrap("checkCreditHistory", 70, 12) == ["checkCredit", "History"]
    lines = wrap("Electroencephalogram", 84, 12)
    assert len(lines) == 2 and lines[0].endswith("-") and "".join(lines).replace("-", "") == "Electroencephalogram"


def test_a_picture_of_a_task_shows_its_long_word_whole() -> None:
    process = Process(id="p", nodes=(Task(id="a", name="Authentication of counterparties", kind=TaskKind.USER),))
    drawn = svg(layout(Definitions(processes=(process,))))
    assert re.findall(r"<tspan[^>]*>([^<]*)</tspan>", drawn)[0] == "Authentication"


@given(st.text("abcXYZ -_中文，", max_size=60), st.integers(40, 200))
def test_no_letter_is_lost_and_no_line_leaves_its_box(text: str, width: int) -> None:
    lines = wrap(text, width, 12, 99)
    assert all(text_width(line, 12) <= width + 12 for line in lines)
    kept = re.sub(r"[\s-]", "", "".join(lines))
    assert kept == re.sub(r"[\s-]", "", text)

"""A page that lies a little askew still has its words on the lines where people see them."""

from __future__ import annotations

import math

import pytest

from zaizao.documents import Box, Page, Word


@pytest.mark.parametrize("degrees", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_words_of_a_long_line_stay_together_on_a_skewed_page(degrees: float) -> None:
    slope = math.tan(math.radians(degrees))
    words = []
    for row in range(5):
        for left, text in ((90, "交易流水号"), (290, "2025"), (1000, "交易日期"), (1170, "2025年12月30日")):
            top = 200 + 70 * row + slope * left
            words.append(Word(f"{text}{row}", Box(left, top, left + 150, top + 30), 0.99))
    lines = Page(1600, 900, tuple(words)).lines()
    assert [[word.text[-1] for word in line] for line in lines] == [[str(row)] * 4 for row in range(5)]
    assert [word.box.left for word in lines[0]] == [90, 290, 1000, 1170]

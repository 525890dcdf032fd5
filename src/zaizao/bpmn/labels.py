"""Words in pictures: how wide they are and where they break, in Chinese and Latin.

Rule kept: figures are estimates from the tables of usual sans-serif faces, a little generous, so that a label never
leaves its box whatever face the reader has. Chinese breaks anywhere but before closing marks; Latin breaks at blanks.
A Latin word is never broken where it can stand outside a box; inside one the letters shrink, then the word breaks at
its joints (``-``, ``_``, ``/``, before a capital), and only last anywhere, with a hyphen.
"""

from __future__ import annotations

import re
import unicodedata

_NARROW = frozenset("ijl.,:;'|!()[]{}ftrI ")
_WIDE = frozenset("mwMW@%—")
_CLOSING = frozenset("，。、；：？！）》」』】〉…,.;:?!)]}%")
SMALLEST = 8.0
"""Letters do not shrink below this size in pixels."""

_JOINT = re.compile(r"(?<=[-_/.])(?=\w)|(?<=[a-z])(?=[A-Z])")
_PIECE = re.compile(r"\s+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]+|.", re.DOTALL)


def text_width(text: str, size: float) -> float:
    """The width of one line in pixels at a font size in pixels."""
    return size * sum(_width(character) for character in text)


def wrap(text: str, width: float, size: float, lines: int = 4, *, boxed: bool = True) -> list[str]:
    """The text in at most ``lines`` lines of at most ``width`` pixels; what is too long ends with an ellipsis.

    Outside a box (``boxed=False``) the longest word makes the lines as wide as it needs.
    """
    result: list[str] = []
    line = ""
    width = width if boxed else max(width, widest_word(text, size) + 0.01)
    for piece in _pieces(text.strip(), width, size):
        if piece.isspace():
            line = line + " " if line else line
        elif not line or text_width(line + piece, size) <= width or piece in _CLOSING:
            line += piece
        else:
            result.append(line.rstrip())
            line = piece
    result.append(line.rstrip())
    if len(result) > lines:
        last = result[lines - 1]
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        result = [*result[: lines - 1], last.rstrip() + "…"]
    return [line for line in result if line]


def widest_word(text: str, size: float) -> float:
    """The width of the longest piece that should stay on one line."""
    return max((text_width(piece, size) for piece in _PIECE.findall(text.strip())), default=0.0)


def fitting(text: str, width: float, size: float) -> float:
    """The font size, ``size`` or smaller, at which the longest word fits into ``width``."""
    word = widest_word(text, size)
    return size if word <= width else max(SMALLEST, int(size * width / word * 2) / 2)


def block(text: str, width: float, size: float, lines: int = 4) -> tuple[float, float]:
    """Width and height of the wrapped text that stands outside a box."""
    rows = wrap(text, width, size, lines, boxed=False)
    return max((text_width(row, size) for row in rows), default=0.0), len(rows) * line_height(size)


def line_height(size: float) -> float:
    """The distance of base lines at a font size."""
    return round(size * 1.25)


def _width(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.34
    if character in _WIDE:
        return 0.9
    return 0.67 if character.isupper() else 0.57


def _pieces(text: str, width: float, size: float) -> list[str]:
    """Words and single Chinese characters; a word wider than a line is broken, at its joints if that is enough."""
    result: list[str] = []
    for word in _PIECE.findall(text):
        whole = text_width(word, size) <= width
        for piece in [word] if whole else _JOINT.split(word):
            result += [piece] if text_width(piece, size) <= width else _cut(piece, width, size)
    return result


def _cut(word: str, width: float, size: float) -> list[str]:
    """A word in parts that fit, each but the last with a hyphen."""
    parts = []
    while text_width(word, size) > width and len(word) > 3:
        take = 2
        while take < len(word) - 2 and text_width(word[: take + 1] + "-", size) <= width:
            take += 1
        parts.append(word[:take] + ("-" if word[take - 1].isalnum() else ""))
        word = word[take:]
    return [*parts, word]

"""A page as it was read: words with their places and how sure the reader was.

Rule kept: places are in pixels of the picture that was read, so that a screen can show the spot. Confidence is the
reader's, 0 to 1, never raised by what follows; checks may only lower it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page: left, top, right, bottom in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height of the middle line."""
        return (self.top + self.bottom) / 2

    def around(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def part(self, start: int, end: int, length: int) -> Box:
        """The piece from character ``start`` to ``end`` of a line of ``length`` characters."""
        width = (self.right - self.left) / max(length, 1)
        return Box(self.left + start * width, self.top, self.left + end * width, self.bottom)


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters that stands together."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page: size in pixels, words in reading order, texts of two-dimensional codes."""

    width: int
    height: int
    words: tuple[Word, ...]
    codes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All words, a line each."""
        return "\n".join(word.text for word in self.words)

    def lines(self) -> list[list[Word]]:
        """Words that stand on one line, left to right; lines from the top."""
        found: list[list[Word]] = []
        for word in sorted(self.words, key=lambda one: one.box.middle):
            for line in found[-3:]:
                last = line[-1].box
                if abs(word.box.middle - last.middle) < 0.5 * min(word.box.height, last.height):
                    line.append(word)
                    break
            else:
                found.append([word])
        return [sorted(line, key=lambda one: one.box.left) for line in found]


def reading_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """Words from top to bottom, on one line from left to right."""
    return tuple(word for line in Page(0, 0, tuple(words)).lines() for word in line)

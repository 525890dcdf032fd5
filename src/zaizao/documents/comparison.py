"""Comparing what documents and systems say: field by field, and text by text.

Rule kept: a comparison never decides which side is right: it shows both values and how they differ. Names and
addresses are compared without spaces, width and punctuation; numbers, amounts and dates exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any


class Agreeing(StrEnum):
    """How two values stand to each other."""

    SAME = "same"
    NEAR = "near"
    """The same but for a character or two: a misread, or a change worth a look."""
    DIFFERENT = "different"
    ONE_SIDE = "one-side"
    """Only one side has a value."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on both sides."""

    name: str
    left: Any
    right: Any
    agreeing: Agreeing


def compare(left: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every field that either side has, in the left side's order, then the right side's own."""
    names = [*left, *(name for name in right if name not in left)]
    return tuple(_difference(name, left.get(name), right.get(name)) for name in names)


def _difference(name: str, left: Any, right: Any) -> Difference:
    if left is None or right is None:
        agreeing = Agreeing.SAME if left is right else Agreeing.ONE_SIDE
    elif isinstance(left, str) and isinstance(right, str):
        agreeing = _words(plain(left), plain(right))
    else:
        agreeing = Agreeing.SAME if left == right else Agreeing.DIFFERENT
    return Difference(name, left, right, agreeing)


def _words(left: str, right: str) -> Agreeing:
    if left == right:
        return Agreeing.SAME
    if len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) <= max(1, len(left) // 10):
        return Agreeing.NEAR
    return Agreeing.DIFFERENT


def plain(text: str) -> str:
    """Words as they are compared: half width, no spaces, no punctuation."""
    narrow = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^\w]", "", narrow)


class Change(StrEnum):
    """What happened to a piece of text."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters on both sides; ``old`` is empty where it was added, ``new`` where it was removed."""

    change: Change
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SentenceChange:
    """A sentence on both sides, with its character pieces where it was changed; ``place`` counts sentences from 1."""

    change: Change
    place: int
    old: str
    new: str
    pieces: tuple[Piece, ...] = ()


LIKE = 0.5
"""Share of equal characters from which two sentences count as one that was changed."""
_END = re.compile(r"(?<=[。！？；\n!?;])\s*")


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, without the spaces around them."""
    return [part.strip() for part in _END.split(text) if part.strip()]


def text_changes(old: str, new: str) -> tuple[SentenceChange, ...]:
    """What became of each sentence from one version of a contract to the next; kept ones are left out."""
    before, after = sentences(old), sentences(new)
    found: list[SentenceChange] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            found += _replaced(before[a:b], after[c:d], a + 1)
    return tuple(found)


def _replaced(old: list[str], new: list[str], place: int) -> list[SentenceChange]:
    """Pair the sentences of a changed stretch in order, the like with the like."""
    found: list[SentenceChange] = []
    at = 0
    for offset, sentence in enumerate(old):
        like = next((n for n in range(at, len(new)) if _like(sentence, new[n]) >= LIKE), None)
        if like is None:
            found.append(SentenceChange(Change.REMOVED, place + offset, sentence, ""))
            continue
        found += [SentenceChange(Change.ADDED, place + offset, "", extra) for extra in new[at:like]]
        pieces = _pieces(sentence, new[like])
        found.append(SentenceChange(Change.CHANGED, place + offset, sentence, new[like], pieces))
        at = like + 1
    return found + [SentenceChange(Change.ADDED, place + len(old), "", extra) for extra in new[at:]]


def _like(old: str, new: str) -> float:
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


_TAGS = {"equal": Change.KEPT, "insert": Change.ADDED, "delete": Change.REMOVED, "replace": Change.CHANGED}


def _pieces(old: str, new: str) -> tuple[Piece, ...]:
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(Piece(_TAGS[tag], old[a:b], new[c:d]) for tag, a, b, c, d in codes)

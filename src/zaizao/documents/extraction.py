"""Fields out of a page: what kind it is, what stands behind each label, how sure that is.

Rule kept: a field's confidence is the least of its words'; a value that cannot be read, or that disagrees with another
field, is unsure whatever the reader thought. Unsure fields carry the reason and the place, for a person beside the
picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from zaizao.documents.kinds import KINDS, DocumentKind, FieldRule, KindRule
from zaizao.documents.page import Box, Page, Word
from zaizao.problems import Text

SURE = 0.90
"""Confidence from which a field that passes its checks needs no person."""
_BETWEEN = " :：,，"
_FULL = str.maketrans("(),;", "（），；")
"""Readers mix half and full width; Chinese words have the full ones."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as read: ``text`` from the page, ``value`` or ``None``, where it stands, why it is unsure."""

    name: str
    title: Text
    text: str
    value: Any
    confidence: float
    box: Box | None
    doubts: tuple[Text, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether no person needs to look."""
        return self.value is not None and not self.doubts and self.confidence >= SURE


@dataclass(frozen=True, slots=True)
class Extract:
    """A page's kind and fields; ``codes`` are the texts of its two-dimensional codes."""

    kind: DocumentKind
    fields: dict[str, Field]
    codes: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """Values by field name, readable ones only."""
        return {name: field.value for name, field in self.fields.items() if field.value is not None}

    @property
    def unsure(self) -> list[Field]:
        """Fields that a person must look at."""
        return [field for field in self.fields.values() if not field.sure and _matters(self.kind, field)]


def _matters(kind: DocumentKind, field: Field) -> bool:
    needed = next(rule.needed for rule in KINDS[kind].fields if rule.name == field.name)
    return needed or bool(field.text)


def kind_of(page: Page) -> DocumentKind | None:
    """The kind whose marks the page carries most of; ``None`` below half of them."""
    text = re.sub(r"\s", "", page.text)
    share = {kind: sum(mark in text for mark in rule.marks) / len(rule.marks) for kind, rule in KINDS.items()}
    best = max(share, key=lambda kind: share[kind])
    return best if share[best] >= 0.5 else None


def extract(page: Page, kind: DocumentKind) -> Extract:
    """The fields of ``page``, read as ``kind``."""
    rule = KINDS[kind]
    lines = [_line(words) for words in page.lines()]
    found = {field.name: _field(field, rule, lines) for field in rule.fields}
    values = {name: field.value for name, field in found.items()}
    for agreement in rule.agreements:
        if not agreement.holds(values):
            doubt = Text(f"不符：{agreement.words.zh}", f"does not hold: {agreement.words.en}")
            for name in agreement.blames:
                found[name] = replace(found[name], doubts=(*found[name].doubts, doubt))
    return Extract(kind, found, page.codes)


@dataclass(frozen=True, slots=True)
class _Line:
    """Words on one line as one text; each character knows its word and its place in it (``None``: between words)."""

    text: str
    signs: tuple[tuple[Word, int] | None, ...]

    def part(self, start: int, end: int) -> tuple[str, list[Word]]:
        """The text from ``start`` to ``end``, and the pieces of words that it is made of."""
        pieces: dict[int, list[tuple[Word, int]]] = {}
        for sign in self.signs[start:end]:
            if sign is not None:
                pieces.setdefault(id(sign[0]), []).append(sign)
        words = []
        for piece in pieces.values():
            word, first, last = piece[0][0], piece[0][1], piece[-1][1]
            box = word.box.part(first, last + 1, len(word.text))
            words.append(Word(word.text[first : last + 1], box, word.confidence))
        return self.text[start:end].strip(_BETWEEN), words


def _line(words: list[Word]) -> _Line:
    signs: list[tuple[Word, int] | None] = []
    text = ""
    for word in words:
        if text:
            text += " "
            signs.append(None)
        text += word.text.translate(_FULL)
        signs.extend((word, place) for place in range(len(word.text)))
    return _Line(text, tuple(signs))


@cache
def _label(label: str) -> re.Pattern[str]:
    """A label, with spaces allowed between its characters and the colon that may follow."""
    return re.compile(r"\s*".join(map(re.escape, label)) + r"\s*[:：]?")


def _labels(rule: KindRule, line: _Line) -> list[tuple[int, int, str]]:
    """Where labels of ``rule`` stand on a line: start, end, field; where two overlap, the longer one counts."""
    found = [
        (match.start(), match.end(), field.name)
        for field in rule.fields
        for label in field.labels
        for match in _label(label).finditer(line.text)
    ]
    kept: list[tuple[int, int, str]] = []
    for one in sorted(found, key=lambda place: (place[0] - place[1], place[0])):
        if all(one[1] <= other[0] or one[0] >= other[1] for other in kept):
            kept.append(one)
    return sorted(kept)


def _field(field: FieldRule, rule: KindRule, lines: list[_Line]) -> Field:
    """The first place of the field's label whose words can be read; else the first place at all."""
    first: Field | None = None
    for number, line in enumerate(lines):
        labels = _labels(rule, line)
        for place, (_, end, name) in enumerate(labels):
            if name != field.name:
                continue
            stop = labels[place + 1][0] if place + 1 < len(labels) else len(line.text)
            found = _read(field, rule, lines, number, (end, stop), last=place + 1 == len(labels))
            if found.value is not None:
                return found
            first = first or found
    if first is not None:
        return first
    return Field(field.name, field.title, "", None, 0.0, None, (Text("页面上没有找到", "not found on the page"),))


def _read(
    field: FieldRule, rule: KindRule, lines: list[_Line], number: int, span: tuple[int, int], *, last: bool
) -> Field:
    """The value from the rest of the label's line, and from the lines below that carry no label of their own."""
    text, words = lines[number].part(*span)
    if last or not text:
        for below in lines[number + 1 : number + field.lines]:
            if _labels(rule, below) or not _under(below, lines[number], span[0]):
                break
            more, pieces = below.part(0, len(below.text))
            text, words = f"{text} {more}".strip(), words + pieces
    value = field.read(text) if text else None
    box = words[0].box if words else None
    for word in words[1:]:
        box = box.around(word.box) if box else word.box
    sure = min((word.confidence for word in words), default=0.0)
    doubts = () if value is not None else (Text("无法辨认或校验不通过", "unreadable, or its check fails"),)
    return Field(field.name, field.title, text, value, sure, box, doubts)


def _under(below: _Line, above: _Line, start: int) -> bool:
    """Whether a line stands close under the value, not under its label's left."""
    upper = next((sign[0] for sign in above.signs if sign is not None), None)
    lower = next((sign[0] for sign in below.signs if sign is not None), None)
    if upper is None or lower is None or lower.box.top - upper.box.bottom > 1.6 * upper.box.height:
        return False
    label = above.signs[max(start - 1, 0)] or above.signs[0]
    edge = label[0].box.part(0, label[1] + 1, len(label[0].text)).right if label else upper.box.left
    return lower.box.left >= edge - 1.5 * upper.box.height

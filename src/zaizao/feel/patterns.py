"""Regular expressions as XPath and XQuery Functions 3.1, section 5.6, defines them: for matches, replace and split.

The rule: a pattern is translated piece by piece, so that only what XPath allows gets through; anything else makes the
result null. Matching is given a time, because a pattern from a model may take exponential time on some text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex  # type: ignore[import-untyped]

from .session import LONGEST_TEXT, null

#: Seconds that one search may take.
PATIENCE: Final = 0.5
_LONGEST_PATTERN: Final = 20_000
_NAME_START: Final = (
    r":A-Z_a-z\xC0-\xD6\xD8-\xF6\xF8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART: Final = _NAME_START + r"\-\.0-9\xB7\u0300-\u036F\u203F-\u2040"
_CLASSES: Final = {
    "d": r"[\p{Nd}]",
    "D": r"[^\p{Nd}]",
    "w": r"[^\p{P}\p{Z}\p{C}]",
    "W": r"[\p{P}\p{Z}\p{C}]",
    "s": r"[ \t\n\r]",
    "S": r"[^ \t\n\r]",
    "i": f"[{_NAME_START}]",
    "I": f"[^{_NAME_START}]",
    "c": f"[{_NAME_PART}]",
    "C": f"[^{_NAME_PART}]",
}
#: Blocks that XML Schema names otherwise than Unicode does today.
_BLOCKS: Final = {
    "IsGreek": "GreekandCoptic",
    "IsCombiningMarksforSymbols": "CombiningDiacriticalMarksforSymbols",
    "IsPrivateUse": "PrivateUseArea",
}
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPABLE: Final = frozenset("\\|.?*+(){}-[]^$")
_BLANKS: Final = frozenset("\t\n\r ")


class _Invalid(Exception):
    """The pattern or replacement is none that XPath allows."""


@dataclass(slots=True)
class _Translator:
    """One pass over a pattern; ``groups`` counts what opened, ``closed`` what may be referred to."""

    source: str
    flags: str
    i: int = 0
    groups: int = 0
    closed: frozenset[int] = frozenset()

    def pattern(self) -> str:
        """The whole pattern for the ``regex`` library."""
        parts: list[str] = []
        opened: list[int] = []
        while self.i < len(self.source):
            char = self.source[self.i]
            self.i += 1
            if char == "\\":
                parts.append(self._escape(False))
            elif char == "[":
                parts.append(self._class(0))
            elif char == "(":
                parts.append(self._open(opened))
            elif char == ")":
                if not opened:
                    raise _Invalid
                self.closed |= {opened.pop()}
                parts.append(")")
            elif char == "{":
                parts.append(self._count())
            elif char in "?*+":
                parts.append(self._repeat(char))
            elif char in "}]":
                raise _Invalid
            else:
                parts.append(self._plain(char))
        if opened:
            raise _Invalid
        return "".join(parts)

    def _plain(self, char: str) -> str:
        if char == ".":
            return r"[\s\S]" if "s" in self.flags else r"[^\n\r]"
        if char == "^":
            return r"(?:\A|(?<=\n)(?!\Z))" if "m" in self.flags else r"\A"
        if char == "$":
            return r"(?=\n|\Z)" if "m" in self.flags else r"\Z"
        return "|" if char == "|" else _literal(char)

    def _open(self, opened: list[int]) -> str:
        if self.source.startswith("?", self.i):
            if not self.source.startswith("?:", self.i):
                raise _Invalid
            self.i += 2
            opened.append(0)
            return "(?:"
        self.groups += 1
        opened.append(self.groups)
        return "("

    def _repeat(self, sign: str) -> str:
        if self.source.startswith("?", self.i):
            self.i += 1
            sign += "?"
        if self.i < len(self.source) and self.source[self.i] in "?*+{":
            raise _Invalid
        return sign

    def _count(self) -> str:
        end = self.source.find("}", self.i)
        inside = self.source[self.i : end] if end > 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isdecimal() or (high and not high.isdecimal()) or max(len(low), len(high)) > 5:
            raise _Invalid
        if high and int(high) < int(low):
            raise _Invalid
        self.i = end + 1
        return self._repeat(f"{{{low}{comma}{high}}}")

    def _escape(self, inside: bool) -> str:
        """After a backslash."""
        if self.i >= len(self.source):
            raise _Invalid
        char = self.source[self.i]
        self.i += 1
        if char in _CLASSES:
            return _CLASSES[char]
        if char in "pP":
            return self._category(char)
        if char in _CONTROLS:
            return _literal(_CONTROLS[char])
        if char in _ESCAPABLE:
            return _literal(char)
        if char.isdecimal() and char != "0" and not inside:
            return self._reference(char)
        raise _Invalid

    def _category(self, sign: str) -> str:
        end = self.source.find("}", self.i)
        if not self.source.startswith("{", self.i) or end < 0:
            raise _Invalid
        name = self.source[self.i + 1 : end]
        self.i = end + 1
        if name.startswith("Is") and name[2:].replace("-", "").isalnum():
            return rf"\{sign}{{In{_BLOCKS.get(name, name[2:])}}}"
        if not (1 <= len(name) <= 2 and name in _CATEGORIES):
            raise _Invalid
        return rf"\{sign}{{{name}}}"

    def _reference(self, digit: str) -> str:
        number = int(digit)
        while self.i < len(self.source) and self.source[self.i].isdecimal():
            longer = number * 10 + int(self.source[self.i])
            if longer > self.groups:
                break
            number = longer
            self.i += 1
        if number not in self.closed:
            raise _Invalid
        return f"(?:\\{number})"

    def _class(self, depth: int) -> str:
        """After the opening bracket of a character class, to its closing bracket."""
        if depth > 20:
            raise _Invalid
        negative = self.source.startswith("^", self.i)
        self.i += negative
        items: list[str] = []
        while True:
            if self.i >= len(self.source):
                raise _Invalid
            if self.source[self.i] == "]" and items:
                self.i += 1
                return f"[{'^' * negative}{''.join(items)}]"
            if self.source.startswith("-[", self.i) and items:
                self.i += 2
                without = self._class(depth + 1)
                if not self.source.startswith("]", self.i):
                    raise _Invalid
                self.i += 1
                return f"[[{'^' * negative}{''.join(items)}]--{without}]"
            items.append(self._item(not items))

    def _item(self, first: bool) -> str:
        """One character, range or escape inside a class; a bare hyphen only at its start or end."""
        if self.source[self.i] == "-" and not first and not self.source.startswith(("-]", "--["), self.i):
            raise _Invalid
        low, single = self._class_char()
        if not (single and self.source.startswith("-", self.i)) or self.source[self.i + 1 : self.i + 2] in (
            "]",
            "[",
            "",
        ):
            return low
        self.i += 1
        high, single = self._class_char()
        if not single or _code(low) > _code(high):
            raise _Invalid
        return f"{low}-{high}"

    def _class_char(self) -> tuple[str, bool]:
        """A piece of a class, and whether it is one character."""
        char = self.source[self.i]
        self.i += 1
        if char == "\\":
            piece = self._escape(True)
            return piece, piece.startswith("\\U")
        if char in "[]":
            raise _Invalid
        return _literal(char), True


def _squeezed(pattern: str) -> str:
    """The pattern without the blanks outside character classes: what the flag ``x`` means."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for char in pattern:
        if depth or char not in _BLANKS:
            kept.append(char)
            if not escaped:
                depth = max(0, depth + (char == "[") - (char == "]"))
            escaped = char == "\\" and not escaped
    return "".join(kept)


def _literal(char: str) -> str:
    return f"\\U{ord(char):08x}"


def _code(piece: str) -> int:
    return int(piece[2:], 16)


_CATEGORIES: Final = frozenset(
    found
    for letters in ("Lultmo", "Mnce", "Ndlo", "Pcdseifo", "Zslp", "Smcko", "Ccfon")
    for found in (letters[0], *(letters[0] + small for small in letters[1:]))
)


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> regex.Pattern[str] | None:
    """The compiled pattern; None if it or its flags are not allowed."""
    if set(flags) - set("smixq") or len(pattern) > _LONGEST_PATTERN:
        return None
    ignore = regex.IGNORECASE if "i" in flags else 0
    try:
        if "q" in flags:
            translated = "".join(map(_literal, pattern))
        else:
            translated = _Translator(_squeezed(pattern) if "x" in flags else pattern, flags).pattern()
        # Without full case folding: XPath compares letter by letter, so ß is not ss.
        return regex.compile(f"(?-f:{translated})" if ignore else translated, regex.V1 | ignore, cache_pattern=False)
    except (_Invalid, regex.error, RecursionError, OverflowError):
        return None


def valid(pattern: str) -> bool:
    """Whether the pattern is one that XPath allows."""
    return _compiled(pattern, "") is not None


def _invalid() -> None:
    null("pattern", "正则表达式无效", "the pattern, its flags or the replacement is not valid")


def _slow() -> None:
    null("pattern-time", "正则匹配耗时过长", "the pattern takes too long on this text")


def matches(text: str, pattern: str, flags: str) -> bool | None:
    """Whether the pattern is found anywhere in the text."""
    compiled = _compiled(pattern, flags)
    if compiled is None:
        _invalid()
        return None
    try:
        return bool(compiled.search(text, timeout=PATIENCE))
    except TimeoutError:
        _slow()
        return None


def replace(text: str, pattern: str, replacement: str, flags: str) -> str | None:
    """Every match replaced. A pattern that matches the empty text is refused, as XPath does."""
    compiled = _compiled(pattern, flags)
    if compiled is None or compiled.search("", timeout=PATIENCE) is not None:
        _invalid()
        return None
    try:
        template = [replacement] if "q" in flags else _template(replacement, compiled.groups)
    except _Invalid:
        _invalid()
        return None
    parts: list[str] = []
    size = end = 0
    try:
        for found in compiled.finditer(text, timeout=PATIENCE):
            filled = "".join(piece if isinstance(piece, str) else found[piece] or "" for piece in template)
            parts += (text[end : found.start()], filled)
            end = found.end()
            size += len(filled)
            if size > LONGEST_TEXT:
                return null("text-length", "文本过长", "the text becomes too long")
    except TimeoutError:
        _slow()
        return None
    return "".join(parts) + text[end:]


def _template(replacement: str, groups: int) -> list[str | int]:
    """The replacement as texts and group numbers: ``$0`` is the whole match, ``\\$`` a dollar sign."""
    parts: list[str | int] = []
    i = 0
    while i < len(replacement):
        char, after = replacement[i], replacement[i + 1 : i + 2]
        i += 1
        if char == "\\":
            if after not in ("\\", "$"):
                raise _Invalid
            parts.append(after)
            i += 1
        elif char == "$":
            if not (after.isascii() and after.isdecimal()):
                raise _Invalid
            number = int(after)
            i += 1
            while i < len(replacement) and replacement[i].isdecimal() and number * 10 + int(replacement[i]) <= groups:
                number = number * 10 + int(replacement[i])
                i += 1
            parts.append(number if number <= groups else "")
        else:
            parts.append(char)
    return parts


def split(text: str, pattern: str) -> list[str] | None:
    """The parts between the matches."""
    compiled = _compiled(pattern, "")
    if compiled is None or compiled.search("", timeout=PATIENCE) is not None:
        _invalid()
        return None
    parts: list[str] = []
    end = 0
    try:
        for found in compiled.finditer(text, timeout=PATIENCE):
            parts.append(text[end : found.start()])
            end = found.end()
    except TimeoutError:
        _slow()
        return None
    return [*parts, text[end:]]

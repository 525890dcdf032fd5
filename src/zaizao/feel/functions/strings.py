"""Built-in functions of strings (DMN 1.5, 10.3.4.3). Positions and lengths count code points, from 1."""

from __future__ import annotations

from decimal import Decimal

from .. import patterns
from ..session import LONGEST_TEXT, null, spend_text
from ..values import Value
from .registry import built_in


@built_in("substring(string: string, start position: number, length?: number)")
def substring(string: str, start_position: Decimal, length: Decimal | None = None) -> str | None:
    """``length`` characters, or all, from a position; -1 is the last character."""
    start = int(start_position)
    if start == 0 or abs(start) > len(string):
        return null("position", "起始位置超出文本", "the start position is outside the text")
    if length is not None and int(length) < 1:
        return null("length", "长度小于 1", "the length is less than 1")
    first = start - 1 if start > 0 else len(string) + start
    spend_text(len(string))
    return string[first:] if length is None else string[first : first + int(length)]


@built_in("string length(string: string)")
def string_length(string: str) -> Decimal:
    """How many characters."""
    return Decimal(len(string))


@built_in("upper case(string: string)")
def upper_case(string: str) -> str:
    """In capital letters."""
    spend_text(len(string))
    return string.upper()


@built_in("lower case(string: string)")
def lower_case(string: str) -> str:
    """In small letters."""
    spend_text(len(string))
    return string.lower()


@built_in("substring before(string: string, match: string)")
def substring_before(string: str, match: str) -> str:
    """What stands before the first match; the empty text if there is none."""
    spend_text(len(string))
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@built_in("substring after(string: string, match: string)")
def substring_after(string: str, match: str) -> str:
    """What stands after the first match; the empty text if there is none."""
    spend_text(len(string))
    return string.partition(match)[2] if match else string


@built_in("contains(string: string, match: string)")
def contains(string: str, match: str) -> bool:
    """Whether the match occurs in the text."""
    return match in string


@built_in("starts with(string: string, match: string)")
def starts_with(string: str, match: str) -> bool:
    """Whether the text starts with the match."""
    return string.startswith(match)


@built_in("ends with(string: string, match: string)")
def ends_with(string: str, match: str) -> bool:
    """Whether the text ends with the match."""
    return string.endswith(match)


@built_in("matches(input: string, pattern: string, flags?: string?)")
def matches(input: str, pattern: str, flags: str | None = None) -> bool | None:
    """Whether the pattern is found in the text."""
    return patterns.matches(input, pattern, flags or "")


@built_in("replace(input: string, pattern: string, replacement: string, flags?: string?)")
def replace(input: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    """Every match of the pattern replaced; ``$1`` is what the first group caught."""
    spend_text(len(input))
    return patterns.replace(input, pattern, replacement, flags or "")


@built_in("split(string: string, delimiter: string)")
def split(string: str, delimiter: str) -> list[str] | None:
    """The parts between the matches of a pattern."""
    spend_text(len(string))
    return patterns.split(string, delimiter)


@built_in("string join(list: list, delimiter?: string?)")
def string_join(list: list[Value], delimiter: str | None = None) -> str | None:
    """The texts, with the delimiter between them; nulls are left out."""
    parts = [part for part in list if part is not None]
    if not all(isinstance(part, str) for part in parts):
        return null("list-type", "列表中有非文本", "the list has other than strings")
    glue = delimiter or ""
    length = sum(map(len, parts)) + len(glue) * len(parts)
    spend_text(length)
    if length > LONGEST_TEXT:
        return null("text-length", "文本过长", "the text becomes too long")
    return glue.join(parts)

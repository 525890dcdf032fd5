"""FEEL text to tokens (DMN 1.5, 10.3.1.2, grammar rules 26 to 35 and 57 to 63).

The rule: a token is its text and the gap of blanks and comments before it. Words, numbers and signs are cut without
knowing the names in scope; whether ``Pre-bureau risk`` is one name is decided by the parser, which compares tokens.
"""

from __future__ import annotations

import re
from typing import Final

_BLANK: Final = "\t\n\x0b\x0c\r \x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_START: Final = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\xb7\u0300-\u036f\u203f-\u2040"

_TOKEN: Final = re.compile(
    rf"((?>[{_BLANK}]++|//[^\n]*+|/\*(?>[^*]++|\*(?!/))*+\*/)*+)"
    r"(\d++(?:\.\d++)?(?:[eE][+-]?\d++)?"
    rf"|[{_START}][{_PART}]*+"
    r'|"(?>[^"\\]++|\\.)*+"'
    r"|\.\.|\*\*|->|!=|<=|>="
    r"|\.\d++(?:[eE][+-]?\d++)?"
    r"|.|\Z)",
    re.DOTALL | re.ASCII,
)

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_WORD: Final = re.compile(rf"[{_START}][{_PART}]*+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

#: Signs that may stand inside a name (rule 30).
NAME_SIGNS: Final = frozenset("./-'+*")


def tokens(text: str) -> list[tuple[str, str]]:
    """(gap, token) pairs; the last token is the empty text, which marks the end."""
    found = _TOKEN.findall(text)
    while len(found) > 1 and not found[-2][1]:
        found.pop()
    return found


def is_word(token: str) -> bool:
    """Whether the token could be a name or a keyword."""
    return _WORD.match(token) is not None


def text_of(token: str) -> str:
    """The text that a string token spells. A backslash before another character stays, as patterns want it."""
    inner = token[1:-1]
    if "\\" not in inner:
        return inner
    text = _ESCAPE.sub(_unescape, inner)
    if _SURROGATE.search(text) is None:
        return text
    # Two escapes may spell one character beyond the basic plane; half of such a pair spells none.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(found: re.Match[str]) -> str:
    short, long, other = found.groups()
    if short is not None:
        return chr(int(short, 16))
    if long is not None:
        code = int(long, 16)
        return chr(code) if code <= 0x10FFFF else found[0]
    return _ESCAPES.get(other, found[0])


def quoted(text: str) -> str:
    """The string token that spells ``text``."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'

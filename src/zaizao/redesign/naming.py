"""Names for what a redesign adds: in the language that the process already speaks, and as safe identifiers."""

from __future__ import annotations

import re
import unicodedata

from zaizao.problems import Language, Text

BY_HAND = Text("人工处理", "by hand")
DONE = Text("完成", "done")
REFER = Text("转人工", "refer")
SIMPLE = Text("简易办理", "simple handling")
SPECIALIST = Text("专人办理", "specialist")

_RESERVED = frozenset(
    (
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "not", "between"),
        *("instance", "of", "function", "external", "true", "false", "null", "date", "time", "duration"),
    )
)


def language_of(words: str) -> Language:
    """Chinese where the words hold a Han character."""
    return Language.ZH if re.search(r"[\u4e00-\u9fff]", words) else Language.EN


def spoken(text: Text, like: str) -> str:
    """``text`` in the language of the existing name ``like``."""
    return text.say(language_of(like))


def suffixed(name: str, text: Text) -> str:
    """``name`` with ``text`` in brackets, in the language of the name."""
    return f"{name}（{text.zh}）" if language_of(name) is Language.ZH else f"{name} ({text.en})"


def identifier(words: str) -> str:
    """A name that FEEL, XML ids and job types all accept: letters of any script, digits, underscore."""
    cleaned = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", words)).strip("_") or "x"
    return f"_{cleaned}" if cleaned[0].isdigit() or cleaned in _RESERVED else cleaned

"""A value as text: what ``string(from)`` gives (DMN 1.5, 10.3.4.2). Inside a list or context, strings are quoted."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from . import decimal128, iso
from .session import LONGEST_TEXT, bounded, null, spend, spend_text
from .tokens import quoted
from .values import Date, DateTime, DaysTime, Function, Range, Time, Value, YearsMonths

_PLAIN_KEY: Final = re.compile(r"[^\W\d]\w*")


def string_of(value: Value) -> str | None:
    """The text of a value; null when it would be too long."""
    text = value if type(value) is str else bounded(written, value)
    if text is None:
        return None
    spend_text(len(text))
    return null("text-length", "文本过长", "the text becomes too long") if len(text) > LONGEST_TEXT else text


def written(value: Value) -> str:
    """The value as it stands inside a list or context: as FEEL would write it, dates without their constructor."""
    rule = _WRITTEN.get(type(value))
    if rule is not None:
        return rule(value)
    return (
        f"function({', '.join(parameter.name for parameter in value.parameters)})"
        if isinstance(value, Function)
        else ""
    )


def _list(items: list[Value]) -> str:
    spend(len(items))
    return f"[{', '.join(map(written, items))}]"


def _context(entries: dict[str, Value]) -> str:
    spend(len(entries))
    shown = (f"{key if _PLAIN_KEY.fullmatch(key) else quoted(key)}: {written(value)}" for key, value in entries.items())
    return f"{{{', '.join(shown)}}}"


def _range(value: Range) -> str:
    if value.operator:
        return f"({value.operator} {written(value.end if value.operator.startswith('<') else value.start)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{written(value.start)}..{written(value.end)}{closing}"


_WRITTEN: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: decimal128.text,
    str: quoted,
    Date: iso.date_text,
    Time: iso.time_text,
    DateTime: iso.date_time_text,
    DaysTime: iso.days_time_text,
    YearsMonths: iso.years_months_text,
    list: _list,
    dict: _context,
    Range: _range,
}

"""One answer to one field: is it there, of the right type, within its limits, among its options?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import regex  # type: ignore[import-untyped]

from zaizao import feel
from zaizao.inbox.errors import trouble
from zaizao.problems import Problem

PATTERN_SECONDS = 0.2
LONGEST_TEXT = 100_000
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?")


class Kinds(StrEnum):
    """Component types that take an answer."""

    TEXT = "textfield"
    LONG_TEXT = "textarea"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    SELECT = "select"
    CHECKLIST = "checklist"
    TAGS = "taglist"
    DATE_TIME = "datetime"
    FILES = "filepicker"


@dataclass(frozen=True, slots=True)
class Field:
    """A field as its form describes it; limits are ``None`` where there are none."""

    key: str
    kind: Kinds
    label: str
    required: bool
    least: Decimal | None
    most: Decimal | None
    shortest: Decimal | None
    longest: Decimal | None
    pattern: regex.Pattern[str] | None
    content: str
    digits: Decimal | None
    options: tuple[Any, ...] | None
    options_from: feel.Expression | None
    subtype: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: ``given`` at all, its ``value``, and what the case held ``before``."""

    given: bool
    value: Any
    before: Any


def check_value(field: Field, answer: Answer, context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """What is wrong with the answer to a field that is shown."""
    if field.read_only:
        if answer.given and answer.value != answer.before:
            yield trouble(
                where, "read-only", ("该字段只读", "the field is read-only"), ("请勿修改", "leave it as it is")
            )
        return
    value = answer.value
    if value is None or value in ("", []) or (value is False and field.kind is Kinds.CHECKBOX):
        if field.required:
            yield trouble(where, "required", ("必须填写", "an answer is required"), ("请填写", "fill it in"))
        return
    yield from _CHECKS[field.kind](field, value, context, where)


def _wrong(where: str, zh: str, en: str) -> Problem:
    return trouble(where, "wrong-type", (f"应为{zh}", f"{en} is expected"), ("请按表单填写", "fill in the form"))


def _outside(where: str, zh: str, en: str) -> Problem:
    return trouble(where, "out-of-range", (zh, en), ("请改到允许范围内", "keep within the limits"))


def _text(field: Field, value: Any, _context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        yield _wrong(where, "文字", "text")
        return
    if field.shortest is not None and len(value) < field.shortest:
        yield _outside(where, f"至少 {field.shortest} 个字", f"at least {field.shortest} characters")
    if field.longest is not None and len(value) > field.longest:
        yield _outside(where, f"至多 {field.longest} 个字", f"at most {field.longest} characters")
    if not _matches(field, value):
        what = ("格式不符", "the format is not right")
        yield trouble(where, "pattern", what, ("请按要求的格式填写", "use the format that the form asks for"))


def _matches(field: Field, value: str) -> bool:
    if field.content == "email":
        return _EMAIL.fullmatch(value) is not None
    if field.content == "phone":
        return _PHONE.fullmatch(value) is not None
    if field.pattern is None:
        return True
    try:
        return field.pattern.search(value, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


def _number(field: Field, value: Any, _context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    number = _decimal(value)
    if number is None:
        yield _wrong(where, "数字", "a number")
        return
    if field.least is not None and number < field.least:
        yield _outside(where, f"不得小于 {field.least}", f"not less than {field.least}")
    if field.most is not None and number > field.most:
        yield _outside(where, f"不得大于 {field.most}", f"not more than {field.most}")
    exponent = number.normalize().as_tuple().exponent
    if field.digits is not None and isinstance(exponent, int) and -exponent > field.digits:
        yield _outside(where, f"至多 {field.digits} 位小数", f"at most {field.digits} decimal digits")


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _checkbox(_field: Field, value: Any, _context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if value is not True:
        yield _wrong(where, "是或否", "true or false")


def _options(field: Field, context: Mapping[str, Any]) -> list[Any] | None:
    """The values that may be chosen, or ``None`` where the form does not say."""
    if field.options is not None:
        return list(field.options)
    if field.options_from is None:
        return None
    listed = field.options_from.evaluate({name: feel.to_feel(value) for name, value in context.items()})
    if not isinstance(listed, list):
        return []
    plain = [feel.from_feel(value) for value in listed]
    return [value.get("value") if isinstance(value, dict) else value for value in plain]


def _one_of(field: Field, value: Any, context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    options = _options(field, context)
    if options is not None and value not in options:
        what = (f"{value!r:.40} 不在选项之中", f"{value!r:.40} is not among the options")
        yield trouble(where, "no-option", what, ("请从选项中选择", "choose one of the options"))


def _some_of(field: Field, value: Any, context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield _wrong(where, "多个选项", "a list of options")
        return
    for one in value:
        yield from _one_of(field, one, context, where)


def _date_time(field: Field, value: Any, _context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    zh, en, right = _TEMPORAL.get(field.subtype, _TEMPORAL["datetime"])
    if not isinstance(value, str) or not right(value):
        yield _wrong(where, zh, en)


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and feel.parse_date(text) is not None


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    date, mark, time = text.partition("T")
    return mark == "T" and _is_date(date) and _is_time(time)


_TEMPORAL: dict[str, tuple[str, str, Callable[[str], bool]]] = {
    "date": ("日期，如 2026-11-21", "a date such as 2026-11-21", _is_date),
    "time": ("时间，如 09:30", "a time such as 09:30", _is_time),
    "datetime": ("日期时间，如 2026-11-21T09:30", "a date and time such as 2026-11-21T09:30", _is_date_time),
}


def _files(_field: Field, value: Any, _context: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not isinstance(value, list) or not all(isinstance(one, str | dict) for one in value):
        yield _wrong(where, "文件列表", "a list of documents")


_CHECKS: dict[Kinds, Callable[[Field, Any, Mapping[str, Any], str], Iterator[Problem]]] = {
    Kinds.TEXT: _text,
    Kinds.LONG_TEXT: _text,
    Kinds.NUMBER: _number,
    Kinds.CHECKBOX: _checkbox,
    Kinds.RADIO: _one_of,
    Kinds.SELECT: _one_of,
    Kinds.CHECKLIST: _some_of,
    Kinds.TAGS: _some_of,
    Kinds.DATE_TIME: _date_time,
    Kinds.FILES: _files,
}

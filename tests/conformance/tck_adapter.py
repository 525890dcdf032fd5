"""Our side of the DMN test kit: ``evaluate`` in the convention that heads ``../shared/conformance/tck_harness.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from zaizao.dmn import DmnError, Model, compile, read
from zaizao.feel import (
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
    string_of,
    to_feel,
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A scalar as ISO text, where Python's own types may not hold it."""

    kind: str
    text: str


class ErrorResult(Exception):
    """The model refuses the question."""


ERROR_TYPES = (ErrorResult,)
_KINDS = {Date: "date", Time: "time", DateTime: "dateTime", DaysTime: "duration", YearsMonths: "duration"}

_PARSERS = {"date": parse_date, "time": parse_time, "dateTime": parse_date_time, "duration": parse_duration}


@lru_cache(maxsize=8)
def model(paths: tuple[str, ...]) -> Model:
    """The compiled model of a folder."""
    main, *rest = (read(Path(path)) for path in paths)
    return compile(main, imports=rest)


def evaluate(model_paths: list[str], invocable: str, kind: str, inputs: dict[str, object]) -> object:
    """One question of the kit."""
    asked = model(tuple(model_paths))
    ask = {"decision": asked.evaluate, "decisionService": asked.service, "bkm": asked.knowledge}[kind]
    try:
        given = {name: inward(value) for name, value in inputs.items()}
        return outward(ask(invocable, given, clock=clock).value)
    except DmnError as error:
        raise ErrorResult(str(error)) from error


def clock() -> DateTime:
    """The kit asks for today's date."""
    moment = to_feel(datetime.now(UTC))
    assert isinstance(moment, DateTime)
    return moment


def inward(value: object) -> object:
    """A value of the harness as ours."""
    if isinstance(value, list):
        return [inward(item) for item in value]
    if isinstance(value, dict):
        return {name: inward(item) for name, item in value.items()}
    if hasattr(value, "kind") and hasattr(value, "text"):
        return _PARSERS[value.kind](value.text)
    return to_feel(value)


def outward(value: object) -> object:
    """Our value as the harness compares it."""
    if isinstance(value, list):
        return [outward(item) for item in value]
    if isinstance(value, dict):
        return {name: outward(item) for name, item in value.items()}
    if value is None or isinstance(value, str | bool | Decimal):
        return value
    found = _KINDS.get(type(value))
    return repr(value) if found is None else Tagged(found, string_of(value) or "")

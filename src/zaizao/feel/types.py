"""FEEL types: conformance and implicit conversion (DMN 1.5, 10.3.2.9).

The rule: a value is converted at a boundary (parameter, decision result, input) or it becomes null there; inside an
expression nothing is converted but single-item lists at built-in parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from .session import null
from .values import Date, DateTime, DaysTime, Function, Range, Time, Value, YearsMonths


@dataclass(frozen=True, slots=True)
class SimpleType:
    """A built-in type by its FEEL name."""

    name: str


@dataclass(frozen=True, slots=True)
class ListType:
    """``list<element>``."""

    element: FeelType


@dataclass(frozen=True, slots=True)
class RangeType:
    """``range<element>``."""

    element: FeelType


@dataclass(frozen=True, slots=True)
class ContextType:
    """``context<name: type, …>``: a context with at least these entries."""

    entries: tuple[tuple[str, FeelType], ...]

    def entry(self, name: str) -> FeelType | None:
        """The type of an entry, if it is named."""
        return next((type for key, type in self.entries if key == name), None)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """``function<parameter types> -> result``; parameters None means any function."""

    parameters: tuple[FeelType, ...] | None
    result: FeelType


FeelType: TypeAlias = SimpleType | ListType | RangeType | ContextType | FunctionType

ANY: Final = SimpleType("Any")
NULL: Final = SimpleType("Null")
NUMBER: Final = SimpleType("number")
STRING: Final = SimpleType("string")
BOOLEAN: Final = SimpleType("boolean")
DATE: Final = SimpleType("date")
TIME: Final = SimpleType("time")
DATE_TIME: Final = SimpleType("date and time")
DAYS_TIME: Final = SimpleType("days and time duration")
YEARS_MONTHS: Final = SimpleType("years and months duration")
ANY_LIST: Final = ListType(ANY)
ANY_RANGE: Final = RangeType(ANY)
ANY_CONTEXT: Final = ContextType(())
ANY_FUNCTION: Final = FunctionType(None, ANY)

#: Names of built-in types, with the spellings that DMN 1.1 to 1.5 files use.
BUILT_IN_TYPES: Final[dict[str, FeelType]] = {
    "Any": ANY,
    "any": ANY,
    "Null": NULL,
    "number": NUMBER,
    "string": STRING,
    "boolean": BOOLEAN,
    "date": DATE,
    "time": TIME,
    "date and time": DATE_TIME,
    "dateTime": DATE_TIME,
    "days and time duration": DAYS_TIME,
    "dayTimeDuration": DAYS_TIME,
    "years and months duration": YEARS_MONTHS,
    "yearMonthDuration": YEARS_MONTHS,
    "list": ANY_LIST,
    "range": ANY_RANGE,
    "context": ANY_CONTEXT,
    "function": ANY_FUNCTION,
}

_OF_CLASS: Final[dict[type, SimpleType]] = {
    Decimal: NUMBER,
    str: STRING,
    bool: BOOLEAN,
    Date: DATE,
    Time: TIME,
    DateTime: DATE_TIME,
    DaysTime: DAYS_TIME,
    YearsMonths: YEARS_MONTHS,
    type(None): NULL,
}


def type_of(value: Value) -> FeelType:
    """The narrowest type that names the value's kind; elements are not looked at."""
    simple = _OF_CLASS.get(type(value))
    if simple is not None:
        return simple
    if isinstance(value, list):
        return ANY_LIST
    if isinstance(value, dict):
        return ANY_CONTEXT
    if isinstance(value, Range):
        return ANY_RANGE
    return ANY_FUNCTION if isinstance(value, Function) else ANY


def subtype(narrow: FeelType, wide: FeelType) -> bool:
    """Whether every value of ``narrow`` is one of ``wide`` (10.3.2.9.2)."""
    if wide == ANY or narrow in (NULL, wide):
        return True
    if isinstance(narrow, ListType) and isinstance(wide, ListType):
        return subtype(narrow.element, wide.element)
    if isinstance(narrow, RangeType) and isinstance(wide, RangeType):
        return subtype(narrow.element, wide.element)
    if isinstance(narrow, ContextType) and isinstance(wide, ContextType):
        return all((own := narrow.entry(key)) is not None and subtype(own, type) for key, type in wide.entries)
    if isinstance(narrow, FunctionType) and isinstance(wide, FunctionType):
        if wide.parameters is None:
            return True
        if narrow.parameters is None or len(narrow.parameters) != len(wide.parameters):
            return False
        arguments = zip(wide.parameters, narrow.parameters, strict=True)
        return all(subtype(given, taken) for given, taken in arguments) and subtype(narrow.result, wide.result)
    return False


def instance_of(value: Value, type: FeelType) -> bool:
    """``value instance of type``: null is an instance of nothing but Null."""
    return type == NULL if value is None else conforms(value, type)


def conforms(value: Value, type: FeelType) -> bool:
    """Whether the value is of the type; null is, everywhere."""
    if value is None or type == ANY:
        return True
    if isinstance(type, SimpleType):
        return _OF_CLASS.get(value.__class__) == type
    if isinstance(type, ListType):
        return isinstance(value, list) and all(conforms(item, type.element) for item in value)
    if isinstance(type, ContextType):
        return isinstance(value, dict) and all(
            key in value and conforms(value[key], entry) for key, entry in type.entries
        )
    if isinstance(type, RangeType):
        ends = (value.start, value.end) if isinstance(value, Range) else ()
        return bool(ends) and all(conforms(end, type.element) for end in ends)
    return isinstance(value, Function) and subtype(function_type(value), type)


def function_type(function: Function) -> FunctionType:
    """The type of a function value; undeclared parameters and results are Any."""
    return FunctionType(
        tuple(ANY if parameter.type is None else parameter.type for parameter in function.parameters),
        ANY if function.result is None else function.result,
    )


def coerce(value: Value, type: FeelType | None) -> Value:
    """The value as one of ``type``, by the implicit conversions of 10.3.2.9.4; null, with a reason, if there is none.

    Single-item list to its item, item to single-item list, date to date and time at UTC midnight.
    """
    if value is None or type is None or conforms(value, type):
        return value
    if isinstance(value, list) and len(value) == 1 and not isinstance(type, ListType):
        inner = value[0]
        if conforms(inner, type):
            return inner
    elif isinstance(type, ListType) and not isinstance(value, list) and conforms(value, type.element):
        return [value]
    elif type == DATE_TIME and isinstance(value, Date):
        return DateTime(value, Time(0, 0, 0, 0, 0))
    return null("type", f"值不符合类型 {spell(type)}", f"a value does not conform to type {spell(type)}")


def spell(type: FeelType) -> str:
    """The type as FEEL writes it."""
    if isinstance(type, SimpleType):
        return type.name
    if isinstance(type, ListType):
        return f"list<{spell(type.element)}>"
    if isinstance(type, RangeType):
        return f"range<{spell(type.element)}>"
    if isinstance(type, ContextType):
        return f"context<{', '.join(f'{key}: {spell(entry)}' for key, entry in type.entries)}>"
    if type.parameters is None:
        return "function"
    return f"function<{', '.join(map(spell, type.parameters))}>->{spell(type.result)}"

"""FEEL values (DMN 1.5, 10.3.2): what an expression yields.

| FEEL | here |
|---|---|
| number, string, boolean, null | ``Decimal`` (34 digits), ``str``, ``bool``, ``None`` |
| list, context | ``list``, ``dict`` with text keys |
| date, time, date and time | ``Date``, ``Time``, ``DateTime``: years to ±999,999,999, nanoseconds, zones |
| days and time duration, years and months duration | ``DaysTime``, ``YearsMonths`` |
| range, function | ``Range``, ``Function`` |

The rule: values are never changed after they are made; lists and contexts that went in are not written to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from .types import FeelType

#: Any of the above. ``Any``, because FEEL is dynamically typed: the operators look at the type of each value.
Value: TypeAlias = Any
Context: TypeAlias = dict[str, Value]

#: Seconds east of UTC, or a zone id of the tz database, or None for local time.
Zone: TypeAlias = int | str | None

YEAR_LIMIT: Final = 999_999_999


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the proleptic Gregorian calendar."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, to the nanosecond."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    zone: Zone = None


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date with a time of day; the time carries the offset or zone."""

    date: Date
    time: Time


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """A days and time duration, in nanoseconds."""

    nanoseconds: int


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration, in months."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval. ``operator`` is set when it was written as a comparison, ``(< 10)``: then the side that the
    comparison leaves open has no end point, while a null end point of ``[1..null]`` is an end point without value."""

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A formal parameter of a function; ``type`` None accepts anything."""

    name: str
    type: FeelType | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function: closures, business knowledge, decision services. Equal only to itself.

    ``call`` takes the arguments by position, already converted to the parameters' types, and returns a value.
    """

    parameters: tuple[Parameter, ...]
    call: Callable[..., Value]
    name: str = ""
    result: FeelType | None = field(default=None)

    #: Whether a call converts anything.
    typed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        typed = self.result is not None or any(parameter.type is not None for parameter in self.parameters)
        object.__setattr__(self, "typed", typed)

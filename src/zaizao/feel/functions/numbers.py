"""Built-in functions of numbers (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from ..decimal128 import DECIMAL128, EXACT, LARGEST_SCALE, SMALLEST_SCALE, ZERO, at_scale
from ..session import null
from ..values import DaysTime, Value, YearsMonths
from .registry import built_in


def _scaled(n: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    places = int(scale)
    if not SMALLEST_SCALE <= places <= LARGEST_SCALE:
        return null("scale", "小数位数超出 -6111 到 6176", "the scale is outside -6111 to 6176")
    try:
        return at_scale(n, places, rounding)
    except ArithmeticError:
        return null("scale", "结果超出数字范围", "the result is out of range")


@built_in("decimal(n: number, scale: number)")
def decimal(n: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded half to even."""
    return _scaled(n, scale, ROUND_HALF_EVEN)


@built_in("floor(n: number, scale?: number)")
def floor(n: Decimal, scale: Decimal = ZERO) -> Decimal | None:
    """Rounded down, towards minus infinity."""
    return _scaled(n, scale, ROUND_FLOOR)


@built_in("ceiling(n: number, scale?: number)")
def ceiling(n: Decimal, scale: Decimal = ZERO) -> Decimal | None:
    """Rounded up, towards plus infinity."""
    return _scaled(n, scale, ROUND_CEILING)


@built_in("round up(n: number, scale: number)")
def round_up(n: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded away from zero."""
    return _scaled(n, scale, ROUND_UP)


@built_in("round down(n: number, scale: number)")
def round_down(n: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded towards zero."""
    return _scaled(n, scale, ROUND_DOWN)


@built_in("round half up(n: number, scale: number)")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded to nearest, halves away from zero."""
    return _scaled(n, scale, ROUND_HALF_UP)


@built_in("round half down(n: number, scale: number)")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded to nearest, halves towards zero."""
    return _scaled(n, scale, ROUND_HALF_DOWN)


@built_in("abs(n: number|days and time duration|years and months duration)")
def absolute(n: Value) -> Value:
    """Without its sign."""
    if isinstance(n, DaysTime):
        return DaysTime(abs(n.nanoseconds))
    if isinstance(n, YearsMonths):
        return YearsMonths(abs(n.months))
    return abs(n)


@built_in("modulo(dividend: number, divisor: number)")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The rest of the division that rounds down; it has the sign of the divisor."""
    if not divisor:
        return null("arithmetic", "除数为零", "the divisor is zero")
    rest = EXACT.remainder(dividend, divisor)
    if rest and (rest < 0) != (divisor < 0):
        rest = EXACT.add(rest, divisor)
    return DECIMAL128.plus(rest)


@built_in("sqrt(number: number)")
def sqrt(number: Decimal) -> Decimal | None:
    """The square root; null for a negative number."""
    if number < 0:
        return null("arithmetic", "负数没有平方根", "a negative number has no square root")
    return DECIMAL128.sqrt(number)


@built_in("log(number: number)")
def log(number: Decimal) -> Decimal | None:
    """The natural logarithm; null unless the number is positive."""
    if number <= 0:
        return null("arithmetic", "只有正数有对数", "only a positive number has a logarithm")
    return DECIMAL128.ln(number)


@built_in("exp(number: number)")
def exp(number: Decimal) -> Decimal | None:
    """e to the power of the number."""
    try:
        return DECIMAL128.exp(number)
    except ArithmeticError:
        return null("arithmetic", "结果超出数字范围", "the result is out of range")


@built_in("odd(number: number)")
def odd(number: Decimal) -> bool:
    """Whether it is an odd whole number."""
    return EXACT.remainder(number, Decimal(2)) in (1, -1)


@built_in("even(number: number)")
def even(number: Decimal) -> bool:
    """Whether it is an even whole number."""
    return EXACT.remainder(number, Decimal(2)) == 0

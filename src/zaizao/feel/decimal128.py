"""FEEL numbers: IEEE 754-2008 decimal128 (DMN 1.5, 10.3.2.3.1): 34 digits, half even, exponents -6143 to 6144.

The rule: arithmetic runs under ``DECIMAL128`` and nothing else. Overflow, division by zero and undefined results trap,
so that no infinity and no NaN ever becomes a value: the operators turn the trap into null.
"""

from __future__ import annotations

import re
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Final

#: One context object for all threads: it is only read, and its identity tells that arithmetic may run.
DECIMAL128: Final = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=1,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)

#: Wide enough to hold any two decimal128 numbers side by side: exact steps whose result is rounded afterwards.
EXACT: Final = Context(prec=12400, Emin=-999999, Emax=999999, traps=[InvalidOperation, DivisionByZero, Overflow])

SMALLEST_SCALE: Final = -6111
LARGEST_SCALE: Final = 6176

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)


def number(text: str) -> Decimal | None:
    """The decimal128 that ``text`` spells as a FEEL numeric literal, a minus sign allowed; None if it spells none."""
    if _NUMBER.fullmatch(text) is None:
        return None
    return rounded(Decimal(text))


def rounded(value: Decimal) -> Decimal | None:
    """``value`` rounded to 34 digits; None for what decimal128 cannot hold."""
    if not value.is_finite():
        return None
    try:
        return DECIMAL128.plus(value)
    except ArithmeticError:
        return None


def at_scale(value: Decimal, scale: int, rounding: str) -> Decimal:
    """``value`` rounded to ``scale`` decimal places. More places than 34 digits can show leave it as it is."""
    if scale >= -int(value.as_tuple().exponent):
        return value if value.adjusted() + scale > 32 else value.quantize(Decimal((0, (1,), -scale)), rounding, EXACT)
    return DECIMAL128.plus(value.quantize(Decimal((0, (1,), -scale)), rounding, EXACT))


def text(value: Decimal) -> str:
    """Plain digits, never an exponent; zero has no sign."""
    return format(value, "f") if value else format(abs(value), "f")


def integer(value: Decimal) -> int:
    """The whole part, towards zero."""
    return int(value)

"""Numbers with check characters: unified social credit code, identity number, bank card.

Rule kept: a number is right or wrong by its standard alone: GB 32100-2015 (ISO 7064 mod 31-3), GB 11643-1999 (ISO 7064
mod 11-2; regions 81, 82 and 83 are residents of Hong Kong, Macau and Taiwan), ISO/IEC 7812-1 annex B (Luhn). Whether a
number was ever issued is another question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_CREDIT_SHAPE = re.compile(r"[159AHJNY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_IDENTITY_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_IDENTITY_CHECKS = "10X98765432"
_PROVINCES = "11-15 21-23 31-37 41-46 50-54 61-65 71 81-83"
PROVINCES = frozenset(
    str(code)
    for span in _PROVINCES.split()
    for code in range(int(span.partition("-")[0]), int(span.rpartition("-")[2]) + 1)
)
"""The first two digits of a region code (GB/T 2260)."""


def credit_check(body: str) -> str:
    """The eighteenth character for the first seventeen of a unified social credit code."""
    total = sum(_CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(body, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether ``code`` is a unified social credit code."""
    return bool(_CREDIT_SHAPE.fullmatch(code)) and credit_check(code[:17]) == code[17]


@dataclass(frozen=True, slots=True)
class Identity:
    """What an identity number says."""

    region: str
    born: date
    female: bool


def identity_check(body: str) -> str:
    """The eighteenth character for the first seventeen of an identity number."""
    total = sum(int(sign) * weight for sign, weight in zip(body, _IDENTITY_WEIGHTS, strict=True))
    return _IDENTITY_CHECKS[total % 11]


def identity_of(number: str) -> Identity | None:
    """What ``number`` says, or ``None`` where it is no identity number."""
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII) or number[:2] not in PROVINCES:
        return None
    if identity_check(number[:17]) != number[17]:
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return Identity(number[:6], born, int(number[16]) % 2 == 0)


def luhn_check(body: str) -> str:
    """The check digit for all digits of a bank card but the last."""
    total = 0
    for place, sign in enumerate(reversed(body)):
        digit = int(sign) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def is_card_number(number: str) -> bool:
    """Whether ``number`` is a bank card's (12 to 19 digits, Luhn)."""
    return bool(re.fullmatch(r"\d{12,19}", number, re.ASCII)) and luhn_check(number[:-1]) == number[-1]

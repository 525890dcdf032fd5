"""Amounts and dates as Chinese documents write them.

Rule kept: money becomes integer fen or nothing; a date becomes a day or nothing; ``长期`` (no end) is ``date.max``.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

_NUMERALS = ("零〇", "壹一", "贰二", "叁三", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九")
_DIGITS = {sign: value for value, signs in enumerate(_NUMERALS) for sign in signs}
_SMALL = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_LARGE = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
_PLAIN = re.compile(r"[¥￥]?(-?\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|-?\d+(?:\.\d{1,2})?)元?")
_DAY = re.compile(r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?")
FOREVER = ("长期", "永久", "无固定期限")


def plain_amount(text: str) -> int | None:
    """``¥1,234.50`` as fen."""
    found = _PLAIN.fullmatch(re.sub(r"\s", "", text).replace("，", ","))
    if found is None:
        return None
    return int(Decimal(found.group(1).replace(",", "")) * 100)


def spelled_amount(text: str) -> int | None:
    """``壹万贰仟叁佰元伍角整`` as fen (GB/T 15835 and the People's Bank's rules for bills)."""
    words = re.sub(r"\s|人民币|大写|[:：()（）⊗ⓧ]", "", text)
    words = re.sub(r"[整正]$", "", words)
    found = re.fullmatch(r"(?:(.+?)[元圆])?(?:零?(.)角)?(?:零?(.)分)?", words)
    if found is None or not words:
        return None
    whole = _spelled_number(found.group(1)) if found.group(1) else 0
    small = [_DIGITS.get(sign, -1) if sign else 0 for sign in found.groups()[1:]]
    if whole is None or -1 in small:
        return None
    return whole * 100 + small[0] * 10 + small[1]


def _spelled_number(words: str) -> int | None:
    total = section = digit = 0
    for sign in words:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _SMALL:
            section += (digit or 1) * _SMALL[sign]
            digit = 0
        elif sign in _LARGE:
            total = (
                (total + section + digit) * _LARGE[sign] if sign == "亿" else total + (section + digit) * _LARGE[sign]
            )
            section = digit = 0
        else:
            return None
    return total + section + digit


_UNITS = ("", "拾", "佰", "仟")
_UPPER = "零壹贰叁肆伍陆柒捌玖"


def spell(fen: int) -> str:
    """Fen as capital words, as a bill has them: the inverse of ``spelled_amount``."""
    yuan, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    words = _spell_whole(yuan) + "元" if yuan else ""
    if jiao:
        words += _UPPER[jiao] + "角"
    elif cent and yuan:
        words += "零"
    words += _UPPER[cent] + "分" if cent else "整"
    return words if fen else "零元整"


def _spell_whole(number: int) -> str:
    for value, name in ((100_000_000, "亿"), (10_000, "万")):
        if number >= value:
            high, low = divmod(number, value)
            joint = "零" if 0 < low < value // 10 else ""
            return _spell_whole(high) + name + joint + (_spell_whole(low) if low else "")
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _UPPER[digit] + _UNITS[place]
            gap = False
        else:
            gap = True
    return words


def day(text: str) -> date | None:
    """``2024年1月3日``, ``2024-01-03``, ``2024.01.03`` or ``长期`` as a day."""
    words = re.sub(r"\s", "", text)
    if words in FOREVER:
        return date.max
    found = _DAY.fullmatch(words)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None

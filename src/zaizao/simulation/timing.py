"""Durations as people and models write them: ``18min``, ``1.5h``, ``3d``, ``PT36H``, ``P2DT4H``."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PLAIN = re.compile(r"\s*(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s|min|h|d|w)\s*")
_ISO = re.compile(
    r"P(?:(?P<w>\d{1,9})W)?(?:(?P<d>\d{1,9})D)?"
    r"(?:T(?:(?P<h>\d{1,9})H)?(?:(?P<min>\d{1,9})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)S)?)?"
)


def seconds(text: str) -> float | None:
    """Seconds of a written duration; ``None`` where it is none (years and months have no fixed length)."""
    plain = _PLAIN.fullmatch(text)
    if plain:
        return float(plain[1]) * _UNITS[plain[2]]
    iso = _ISO.fullmatch(text.strip())
    if iso and any(iso.groups()):
        return sum(float(amount) * _UNITS[unit] for unit, amount in iso.groupdict().items() if amount)
    return None


def expression_seconds(expression: str | None) -> float | None:
    """Seconds of a FEEL expression that is plainly a duration: ``"PT1H"`` or ``duration("PT1H")``; else ``None``."""
    literal = re.fullmatch(r'\s*(?:duration\s*\(\s*)?"([^"]{1,64})"\s*\)?\s*', expression or "")
    return seconds(literal[1]) if literal else None

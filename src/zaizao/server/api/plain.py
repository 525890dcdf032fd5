"""Values of the rooms as JSON: what the console reads.

Rule kept: one way for every value. Dataclasses become objects with camelCase keys, texts ``{"zh", "en"}``, enums their
values, arrays lists; a figure that is not a number is null. Keys of mappings are data and stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

import numpy as np
from pydantic.alias_generators import to_camel


def plain(value: object) -> Any:
    """``value`` as what JSON knows. Raises ``TypeError`` for what has no place there."""
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value if not isinstance(value, int) else value.name.lower()
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        return [plain(one) for one in value.tolist()]
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {to_camel(field.name): plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"no JSON for {type(value).__name__}")

"""Names as numbers: the keys under which random draws are made."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def stable_key(name: str) -> np.uint64:
    """A 64-bit key of a name: the same on every machine and in every run."""
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little"))

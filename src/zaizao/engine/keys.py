"""Keys: every case, element, job, task, timer and incident has one 63-bit number that says where it lives.

Rule kept: a key is ``partition (7 bits) | case number (32 bits) | local number (24 bits)``. Numbers are handed out in
order by the partition and by the case, never by a clock or a random source, so that the same commands give the same
keys; and the case of any key is found without an index. Local number 0 is the case itself.
"""

from __future__ import annotations

from typing import NewType

CaseKey = NewType("CaseKey", int)
"""Key of a case: its local number is 0."""
Key = NewType("Key", int)
"""Key of anything inside a case."""

LOCAL_BITS = 24
CASE_BITS = 32
LOCAL_MASK = (1 << LOCAL_BITS) - 1
MOST_CASES = (1 << CASE_BITS) - 1


def case_key(partition: int, number: int) -> CaseKey:
    """The key of case ``number`` (from 1) of ``partition`` (0..127)."""
    if not 0 < number <= MOST_CASES or not 0 <= partition < 128:
        raise OverflowError(f"no key for case {number} of partition {partition}")
    return CaseKey(((partition << CASE_BITS) | number) << LOCAL_BITS)


def case_of(key: int) -> CaseKey:
    """The case in which ``key`` lives."""
    return CaseKey(key & ~LOCAL_MASK)


def local_of(key: int) -> int:
    """The number of ``key`` inside its case."""
    return key & LOCAL_MASK


def partition_of(key: int) -> int:
    """The partition in which ``key`` lives."""
    return key >> (CASE_BITS + LOCAL_BITS)


def inside(case: int, local: int) -> Key:
    """The key of ``local`` in ``case``."""
    return Key(case | local)

"""The compiled tokenizer of regular XES: bytes in, records (row, column, value) out, block after block.

Regular is what nearly all tools write: ``trace`` and ``event`` elements that hold self-closing scalar attributes with a
double-quoted key and value, in this order, and times as ``2024-03-01T09:00:00.000+08:00``. Anything else ends the pass
with ``IRREGULAR`` and the exact reader takes over, so this one never has to guess. Texts are interned per column: a
record carries the ordinal of its value among the column's distinct values. IEEE 1849-2016, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

IRREGULAR = -30_000
"""Ends the pass; also an offset that no zone has."""
UNZONED = 10_000
"""Offset (minutes) of a time written without one."""
TEXT, DATE, INT, FLOAT, BOOLEAN = range(5)
MOST_COLUMNS = 2_048

TRACE_OF = -1
"""Column of the records that tell an event's trace."""

# Places in the state vector.
IN_TRACE, IN_EVENT, TRACES, EVENTS, ARENA, VALUES, COLUMNS, RECORDS, ENDED = range(9)
# Columns of the table of distinct values, and of the table of attribute columns.
START, SIZE, HOME, ORDINAL = range(4)
OWNER, KINDS, DISTINCT = 2, 3, 4

_SHORTEST = 15  # bytes that an event takes at least


def _word(text: str) -> Bytes:
    return np.frombuffer(text.encode(), dtype=np.uint8)


_KEY, _VALUE = _word('key="'), _word('value="')
_STRING, _DATE, _INT, _ID, _FLOAT, _BOOLEAN = map(_word, ("string", "date", "int", "id", "float", "boolean"))
_OPEN_TRACE, _CLOSE_TRACE, _OPEN_EVENT, _CLOSE_EVENT, _CLOSE_LOG = map(
    _word, ("<trace>", "</trace>", "<event>", "</event>", "</log>")
)


Element = TypeVar("Element", np.uint8, np.int64, np.uint64)


@dataclass(frozen=True, slots=True)
class Records:
    """Per record: event or trace number, column (``TRACE_OF`` or an attribute's), value, offset in minutes.

    A value is an ordinal among the column's texts, or microseconds; that of ``TRACE_OF`` is the event's trace.
    """

    row: Int32
    column: Int16
    value: Int64
    offset: Int16

    @staticmethod
    def by_column(parts: list[Records]) -> Records:
        """All records, those of a column together, in the order of the file within."""
        total = sum(len(part.column) for part in parts)
        made = Records(
            np.empty(total, dtype=np.int32),
            np.empty(total, dtype=np.int16),
            np.empty(total, dtype=np.int64),
            np.empty(total, dtype=np.int16),
        )
        sizes = np.zeros(MOST_COLUMNS + 1, dtype=np.int64)
        for part in parts:
            sizes += np.bincount(part.column.astype(np.int64) - TRACE_OF, minlength=MOST_COLUMNS + 1)
        place = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        for part in parts:
            _placed(
                part.row, part.column, part.value, part.offset, place, made.row, made.column, made.value, made.offset
            )
        return made


@dataclass(slots=True)
class Tables:
    """What the tokenizer has gathered so far; all arrays grow between blocks, never within one."""

    state: Int64 = field(default_factory=lambda: np.zeros(9, dtype=np.int64))
    arena: Bytes = field(default_factory=lambda: np.empty(1 << 20, dtype=np.uint8))
    values: Int64 = field(default_factory=lambda: np.empty((1 << 12, 4), dtype=np.int64))
    hashes: UInt64 = field(default_factory=lambda: np.empty(1 << 12, dtype=np.uint64))
    slots: Int64 = field(default_factory=lambda: np.full(1 << 13, -1, dtype=np.int64))
    columns: Int64 = field(default_factory=lambda: np.zeros((MOST_COLUMNS, 5), dtype=np.int64))
    column_slots: Int64 = field(default_factory=lambda: np.full(4 * MOST_COLUMNS, -1, dtype=np.int64))
    rows: Int32 = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    homes: Int16 = field(default_factory=lambda: np.empty(0, dtype=np.int16))
    contents: Int64 = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    offsets: Int16 = field(default_factory=lambda: np.empty(0, dtype=np.int16))

    def feed(self, block: Bytes) -> int:
        """Tokenize; the number of bytes consumed (the rest is an unfinished element), or ``IRREGULAR``."""
        most = len(block) // _SHORTEST + 1
        self._make_room(len(block), most)
        self.state[RECORDS] = 0
        return int(
            _tokenize(
                block,
                self.state,
                self.arena,
                self.values,
                self.hashes,
                self.slots,
                self.columns,
                self.column_slots,
                self.rows,
                self.homes,
                self.contents,
                self.offsets,
            )
        )

    def taken(self) -> Records:
        """The records of the last block, copied."""
        count = int(self.state[RECORDS])
        return Records(
            self.rows[:count].copy(),
            self.homes[:count].copy(),
            self.contents[:count].copy(),
            self.offsets[:count].copy(),
        )

    def text(self, row: Int64) -> bytes:
        """The bytes of a row of ``values`` or ``columns``."""
        start, size = int(row[START]), int(row[SIZE])
        return self.arena[start : start + size].tobytes()

    def _make_room(self, size: int, most: int) -> None:
        used, count = int(self.state[ARENA]), int(self.state[VALUES])
        if len(self.rows) < most:
            self.rows, self.homes = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int16)
            self.contents, self.offsets = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int16)
        if used + size > len(self.arena):
            self.arena = _grown(self.arena, used, used + size)
        if count + most > len(self.values):
            self.values = _grown(self.values, count, count + most)
            self.hashes = _grown(self.hashes, count, count + most)
        if 2 * (count + most) > len(self.slots):
            self.slots = np.full(1 << int(np.ceil(np.log2(4 * (count + most)))), -1, dtype=np.int64)
            _rehash(self.hashes[:count], self.slots)


def _grown(old: NDArray[Element], used: int, needed: int) -> NDArray[Element]:
    new: NDArray[Element] = np.empty((max(needed, 2 * len(old)), *old.shape[1:]), dtype=old.dtype)
    new[:used] = old[:used]
    return new


@njit(cache=True)
def _placed(
    row: Int32, column: Int16, value: Int64, offset: Int16, place: Int64, rows: Int32, columns: Int16, values: Int64,
    offsets: Int16,
) -> None:  # fmt: skip
    """Put each record at the next free place of its column."""
    for k in range(len(column)):
        home = column[k] - TRACE_OF
        at = place[home]
        place[home] = at + 1
        rows[at], columns[at], values[at], offsets[at] = row[k], column[k], value[k], offset[k]


@njit(cache=True)
def _rehash(hashes: UInt64, slots: Int64) -> None:
    mask = np.uint64(len(slots) - 1)
    for k in range(len(hashes)):
        slot = hashes[k] & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = k


@njit(cache=True)
def _matches(block: Bytes, at: int, word: Bytes) -> bool:
    if at + len(word) > len(block):
        return False
    for k in range(len(word)):  # noqa: SIM110 - a generator does not compile
        if block[at + k] != word[k]:
            return False
    return True


@njit(cache=True)
def _blanks(block: Bytes, at: int) -> int:
    while at < len(block) and (block[at] == 32 or block[at] == 10 or block[at] == 9 or block[at] == 13):
        at += 1
    return at


@njit(cache=True)
def _quote(block: Bytes, at: int) -> int:
    """The place of the closing quote; the block's length if it is not there, ``IRREGULAR`` at a ``<``."""
    while at < len(block) and block[at] != 34:
        if block[at] == 60:
            return IRREGULAR
        at += 1
    return at


@njit(cache=True)
def _hash(block: Bytes, start: int, end: int, seed: int) -> np.uint64:
    """FNV-1a over the bytes, begun with a seed, with a final mix for the low bits."""
    value = np.uint64(14695981039346656037) ^ np.uint64(seed)
    for k in range(start, end):
        value = (value ^ np.uint64(block[k])) * np.uint64(1099511628211)
    value ^= value >> np.uint64(29)
    return value * np.uint64(0x9E3779B97F4A7C15) ^ (value >> np.uint64(32))


@njit(cache=True)
def _same(arena: Bytes, kept: int, block: Bytes, start: int, size: int) -> bool:
    for k in range(size):  # noqa: SIM110 - as above
        if arena[kept + k] != block[start + k]:
            return False
    return True


@njit(cache=True)
def _stored(block: Bytes, start: int, size: int, state: Int64, arena: Bytes) -> int:
    at = state[ARENA]
    for k in range(size):
        arena[at + k] = block[start + k]
    state[ARENA] = at + size
    return int(at)


@njit(cache=True)
def _column(
    block: Bytes, start: int, end: int, owner: int, state: Int64, arena: Bytes, columns: Int64, slots: Int64
) -> int:
    """The number of the column with this key and owner (0 trace, 1 event), new if need be; -1 if there are too many."""
    size = end - start
    mask = np.uint64(len(slots) - 1)
    slot = _hash(block, start, end, owner) & mask
    while slots[slot] >= 0:
        k = slots[slot]
        fits = columns[k, OWNER] == owner and columns[k, SIZE] == size
        if fits and _same(arena, columns[k, START], block, start, size):
            return int(k)
        slot = (slot + np.uint64(1)) & mask
    k = state[COLUMNS]
    if k == MOST_COLUMNS:
        return IRREGULAR
    state[COLUMNS] = k + 1
    slots[slot] = k
    columns[k, START] = _stored(block, start, size, state, arena)
    columns[k, SIZE] = size
    columns[k, OWNER] = owner
    return int(k)


@njit(cache=True)
def _interned(
    block: Bytes, start: int, end: int, column: int, state: Int64, arena: Bytes, values: Int64, hashes: UInt64,
    slots: Int64, columns: Int64,
) -> int:  # fmt: skip
    """The ordinal of a text among its column's distinct ones."""
    size = end - start
    mask = np.uint64(len(slots) - 1)
    code = _hash(block, start, end, column + 7)
    slot = code & mask
    while slots[slot] >= 0:
        k = slots[slot]
        fits = hashes[k] == code and values[k, HOME] == column and values[k, SIZE] == size
        if fits and _same(arena, values[k, START], block, start, size):
            return int(values[k, ORDINAL])
        slot = (slot + np.uint64(1)) & mask
    k = state[VALUES]
    state[VALUES] = k + 1
    slots[slot] = k
    hashes[k] = code
    values[k, START] = _stored(block, start, size, state, arena)
    values[k, SIZE] = size
    values[k, HOME] = column
    values[k, ORDINAL] = columns[column, DISTINCT]
    columns[column, DISTINCT] += 1
    return int(values[k, ORDINAL])


@njit(cache=True)
def _number(block: Bytes, at: int, digits: int) -> int:
    """The decimal number at a place; negative if something else stands there."""
    value = 0
    for k in range(digits):
        digit = int(block[at + k]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = 10 * value + digit
    return value


@njit(cache=True)
def _instant(block: Bytes, start: int, end: int) -> tuple[int, int]:
    """Microseconds (of the clock if unzoned, else UTC) and offset in minutes; ``(0, IRREGULAR)`` for another form."""
    bad = (0, IRREGULAR)
    if end - start < 19 or block[start + 4] != 45 or block[start + 7] != 45 or block[start + 10] != 84:
        return bad
    if block[start + 13] != 58 or block[start + 16] != 58:
        return bad
    year, month, day = _number(block, start, 4), _number(block, start + 5, 2), _number(block, start + 8, 2)
    hour, minute, second = (
        _number(block, start + 11, 2),
        _number(block, start + 14, 2),
        _number(block, start + 17, 2),
    )
    if year < 1 or not 1 <= month <= 12 or not 0 <= hour < 24 or not 0 <= minute < 60 or not 0 <= second < 60:
        return bad
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 30 + (month + month // 8) % 2 if month != 2 else 28 + leap
    if not 1 <= day <= longest:
        return bad
    at = start + 19
    fraction, scale = 0, 100_000
    if at < end and block[at] == 46:
        at += 1
        first = at
        while at < end and 48 <= block[at] <= 57:
            fraction += (int(block[at]) - 48) * scale
            scale //= 10
            at += 1
        if at == first:
            return bad
    offset = UNZONED
    if at + 1 == end and block[at] == 90:
        offset = 0
    elif at + 6 == end and (block[at] == 43 or block[at] == 45) and block[at + 3] == 58:
        hours, minutes = _number(block, at + 1, 2), _number(block, at + 4, 2)
        if not 0 <= hours < 24 or not 0 <= minutes < 60:
            return bad
        offset = (60 * hours + minutes) * (1 if block[at] == 43 else -1)
    elif at != end:
        return bad
    # Days since 1970-01-01 in the proleptic Gregorian calendar, counting years from March.
    shifted = year - 1 if month <= 2 else year
    of_era = shifted % 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = shifted // 400 * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - 719_468
    clock = ((days * 24 + hour) * 60 + minute) * 60 + second
    zone = 0 if offset == UNZONED else offset * 60
    return (clock - zone) * 1_000_000 + fraction, offset


@njit(cache=True)
def _kind(block: Bytes, at: int) -> tuple[int, int]:
    """The type of the attribute element whose name begins at a place, and the name's end; ``IRREGULAR`` for others."""
    first = block[at]
    if first == 115 and _matches(block, at, _STRING):
        return TEXT, at + 6
    if first == 100 and _matches(block, at, _DATE):
        return DATE, at + 4
    if first == 105 and _matches(block, at, _INT):
        return INT, at + 3
    if first == 105 and _matches(block, at, _ID):
        return TEXT, at + 2
    if first == 102 and _matches(block, at, _FLOAT):
        return FLOAT, at + 5
    if first == 98 and _matches(block, at, _BOOLEAN):
        return BOOLEAN, at + 7
    return IRREGULAR, at


@njit(cache=True)
def _structure(block: Bytes, at: int, state: Int64) -> int:
    """Step over an opening or closing tag of trace, event or log; the place behind it, or ``IRREGULAR``."""
    if not state[IN_TRACE]:
        if _matches(block, at, _OPEN_TRACE):
            state[IN_TRACE] = 1
            state[TRACES] += 1
            return at + 7
        if _matches(block, at, _CLOSE_LOG):
            state[ENDED] = 1
            return at + 6
    elif not state[IN_EVENT]:
        if _matches(block, at, _OPEN_EVENT):
            state[IN_EVENT] = 1
            state[EVENTS] += 1
            return at + 7
        if _matches(block, at, _CLOSE_TRACE):
            state[IN_TRACE] = 0
            return at + 8
    elif _matches(block, at, _CLOSE_EVENT):
        state[IN_EVENT] = 0
        return at + 8
    return IRREGULAR


@njit(cache=True)
def _attribute(block: Bytes, at: int) -> tuple[int, int, int, int, int]:
    """(key's start, key's end, value's start, value's end, place behind) of an element whose name has been read.

    The last is ``IRREGULAR`` for another form and the block's length + 1 if the element is not complete.
    """
    n = len(block)
    open_end = (0, 0, 0, 0, n + 1)
    bad = (0, 0, 0, 0, IRREGULAR)
    key = _blanks(block, at)
    if n - key < 5:
        return open_end
    if key == at or not _matches(block, key, _KEY):
        return bad
    key_end = _quote(block, key + 5)
    if key_end >= n:
        return open_end
    if key_end < 0 or key_end == key + 5:
        return bad
    value = _blanks(block, key_end + 1)
    if n - value < 7:
        return open_end
    if value == key_end + 1 or not _matches(block, value, _VALUE):
        return bad
    value_end = _quote(block, value + 7)
    if value_end < 0:
        return bad
    end = _blanks(block, value_end + 1)
    if n - end < 2:
        return open_end
    if block[end] != 47 or block[end + 1] != 62:
        return bad
    return key + 5, key_end, value + 7, value_end, end + 2


@njit(cache=True)
def _tokenize(
    block: Bytes, state: Int64, arena: Bytes, values: Int64, hashes: UInt64, slots: Int64, columns: Int64,
    column_slots: Int64, rows: Int32, homes: Int16, contents: Int64, offsets: Int16,
) -> int:  # fmt: skip
    n = len(block)
    count = 0
    at = _blanks(block, 0)
    # Attributes mostly come in the order in which they came last time: that spares hashing their keys.
    followed, before = np.full(MOST_COLUMNS + 1, -1, dtype=np.int64), MOST_COLUMNS
    while at < n and n - at >= 9:
        if block[at] != 60 or state[ENDED]:
            return IRREGULAR
        kind, name_end = _kind(block, at + 1)
        if kind == IRREGULAR:
            behind = _structure(block, at, state)
            if behind == IRREGULAR:
                return IRREGULAR
            if block[at + 1] == 101:  # an event begins
                rows[count], homes[count] = state[EVENTS] - 1, TRACE_OF
                contents[count], offsets[count] = state[TRACES] - 1, UNZONED
                count += 1
                before = MOST_COLUMNS
            at = _blanks(block, behind)
            continue
        key, key_end, value, value_end, behind = _attribute(block, name_end)
        if behind == IRREGULAR:
            return IRREGULAR
        if behind > n:
            break
        at = _blanks(block, behind)
        if not state[IN_TRACE]:
            continue
        owner = state[IN_EVENT]
        column = followed[before]
        fits = column >= 0 and columns[column, OWNER] == owner and columns[column, SIZE] == key_end - key
        if not fits or not _same(arena, columns[column, START], block, key, key_end - key):
            column = _column(block, key, key_end, owner, state, arena, columns, column_slots)
            if column == IRREGULAR:
                return IRREGULAR
            followed[before] = column
        before = column
        columns[column, KINDS] |= 1 << kind
        rows[count] = state[EVENTS] - 1 if owner else state[TRACES] - 1
        homes[count] = column
        if kind == DATE:
            contents[count], offsets[count] = _instant(block, value, value_end)
            if offsets[count] == IRREGULAR:
                return IRREGULAR
        else:
            offsets[count] = UNZONED
            contents[count] = _interned(block, value, value_end, column, state, arena, values, hashes, slots, columns)
        count += 1
    state[RECORDS] = count
    return at

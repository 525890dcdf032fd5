"""A stream's measures on line: an event comes, its figures go; bounded memory, snapshot and replay.

Rule kept: the figures of an event are those that history gives for it, bit for bit (``offline.py``). An event is first
looked at, then kept once its fate is known. A snapshot and the events after it make the state again.

Memory: per key a record of fixed size, and in it one pair of numbers for each event in the longest *exact* window (of
measures that sum), ``panes`` buckets for windows in panes, one for calendar windows, at most ``cap`` values for
``distinct``. A key without an event in its longest window is forgotten: two at most are at each event, so that no event
waits for a clearing.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zaizao.measures.errors import unmeasurable
from zaizao.measures.streams import StreamSet
from zaizao.measures.updaters import Figures, Record, updater

Row = tuple[Any, ...]
"""An event: when it says it happened (µs or ``None``), then its fields in the set's order."""
_FORMAT = 1


class Size(NamedTuple):
    """What a stream holds: keys, and numbers of events, buckets and values in their records."""

    keys: int
    entries: int


class Stream:
    """The measures of one stream. One writer; figures come in the order of ``names``."""

    def __init__(self, measures: StreamSet) -> None:
        self.measures = measures
        self.names = tuple(measure.name for measure in measures.measures)
        self.tick = 0
        self._updater = updater(measures)
        self._look = self._updater.look
        self._keep = self._updater.keep

    def row(self, event: Mapping[str, Any], occurred: int | None = None) -> Row:
        """An event as a row; fields that it lacks are null."""
        return (occurred, *(event.get(name) for name in self.measures.fields))

    def arrive(self, at: int) -> int:
        """The tick of an event that arrives at ``at`` (µs UTC): unique, later than every tick before."""
        self.tick = at if at > self.tick else self.tick + 1
        return self.tick

    def look(self, row: Row, tick: int) -> Figures:
        """The figures of an event that is not kept yet. Only the last event looked at can be kept."""
        self.tick = tick
        return self._look(row, tick)

    def keep(self, declined: bool = False) -> None:
        """Keep the event that was looked at; measures that skip declined events do not count one that was."""
        self._keep(declined)

    def update(self, row: Row, tick: int, declined: bool = False) -> Figures:
        """Look and keep."""
        self.tick = tick
        figures = self._look(row, tick)
        self._keep(declined)
        return figures

    def replay(self, events: Iterable[tuple[int, Row, bool]]) -> int:
        """Keep events ``(tick, row, declined)`` after the state's own tick; earlier ones are passed over. How many."""
        count = 0
        for tick, row, declined in events:
            if tick > self.tick:
                self.update(row, tick, declined)
                count += 1
        return count

    def size(self) -> Size:
        """What is held."""
        keys = entries = 0
        for table in self._updater.tables:
            keys += len(table)
            for record in table.values():
                entries += sum(len(slot) for slot in record if isinstance(slot, list | deque | OrderedDict))
        return Size(keys, entries)

    def snapshot(self) -> bytes:
        """The whole state."""
        tables = [
            [(key, [_plain(slot) for slot in record]) for key, record in table.items()]
            for table in self._updater.tables
        ]
        # JSON, for sums of squares have more than 64 bits.
        whole = [_FORMAT, self.measures.digest, self.tick, tables]
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()

    def restore(self, snapshot: bytes) -> None:
        """Take over a state. Raises ``MeasureError`` where it is none, or one of other definitions."""
        try:
            form, digest, tick, tables = json.loads(snapshot)
        except (ValueError, TypeError):
            form, digest, tick, tables = 0, "", 0, []
        if (form, digest) != (_FORMAT, self.measures.digest):
            raise unmeasurable(
                "snapshot",
                "measure.snapshot",
                ("快照不可读，或属于另一组指标定义", "the snapshot cannot be read, or is of other definitions"),
                ("请从事件重放", "replay the events instead"),
            )
        for table, fresh, rows in zip(self._updater.tables, self._updater.fresh, tables, strict=True):
            table.clear()
            for key, slots in rows:
                table[tuple(key) if isinstance(key, list) else key] = _record(fresh(), slots)
        self.tick = tick


def _plain(slot: Any) -> Any:
    return list(slot.items()) if isinstance(slot, OrderedDict) else list(slot) if isinstance(slot, deque) else slot


def _record(fresh: Record, slots: Sequence[Any]) -> Record:
    """A record with each slot in the form that a fresh one has. Queues hold pairs, buckets lists."""
    record: Record = []
    for empty, slot in zip(fresh, slots, strict=True):
        if isinstance(empty, OrderedDict):
            record.append(OrderedDict((value, tick) for value, tick in slot))
        elif isinstance(empty, deque):
            record.append(deque(slot))
        else:
            record.append(slot)
    return record

"""Partitions that work together: who keeps which message, and how a parcel takes effect exactly once.

Rule kept: a partition writes only to itself. What it has for another it records as a parcel in its own journal; the
other reads it there and records, in the one transaction that carries it out, up to which parcel of that sender it has
come. So a parcel is never lost, never carried out twice, and those of one sender come in order, whoever dies in
between. A message lives with the partition that its correlation key names (``home``): cases elsewhere tell that
partition when they begin and end to wait; it decides alone who gets the message, and takes it back where the taker had
stopped waiting. Definitions come from the first partition, with the same keys and versions everywhere; timed and
signal starts are armed there only. With one partition nothing of this happens.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from zaizao.engine import commands as c, parcels as p, records as r
from zaizao.engine.effects import hear_signal
from zaizao.engine.keys import case_of, local_of
from zaizao.engine.records import Rejection
from zaizao.engine.stores import MarkRow, ParcelRow

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime

FIRST = 1
"""The partition where deployments begin."""


def home_of(correlation: str, partitions: int) -> int:
    """The partition that keeps the messages with this correlation key."""
    return zlib.crc32(correlation.encode("utf-8", "surrogatepass")) % partitions + 1


def mark_of(runtime: Runtime, sender: int) -> int:
    """The key of the last parcel of ``sender`` that was carried out here."""
    row = runtime.store.get(MarkRow, sender)
    return row.taken if row is not None else 0


def receive(runtime: Runtime, sender: int, parcels: Iterable[ParcelRow]) -> int:
    """Carry out parcels of ``sender``, in order, those already known left out; how many were new."""
    done = 0
    with runtime.batch():
        for row in parcels:
            if row.key <= mark_of(runtime, sender):
                continue
            runtime.note(r.ParcelTaken(sender, row.key))
            parcel = p.decode(row.body)
            TAKEN[type(parcel)](runtime, sender, parcel)
            done += 1
    return done


def forget(runtime: Runtime, receiver: int, mark: int) -> int:
    """Drop the parcels that ``receiver`` has carried out; how many."""
    gone = [row for row in runtime.store.find(ParcelRow, {"receiver": receiver}) if row.key <= mark]
    if gone:
        runtime.note(r.ParcelsForgotten(receiver, tuple(row.key for row in gone)))
    return len(gone)


def _defined(runtime: Runtime, _sender: int, parcel: p.Definition) -> None:
    from zaizao.engine.deploying import adopt

    adopt(runtime, parcel)


def _heard(runtime: Runtime, _sender: int, parcel: p.Signal) -> None:
    hear_signal(runtime, parcel.name, parcel.variables)


def _published(runtime: Runtime, _sender: int, parcel: p.Publication) -> None:
    runtime.post.publish(parcel.name, parcel.correlation, parcel.variables, parcel.life)


def _opened(runtime: Runtime, _sender: int, parcel: p.Opened) -> None:
    runtime.note(r.FarWaitOpened(*(getattr(parcel, name) for name in parcel.__struct_fields__)))
    runtime.post.offer_buffered(parcel.key)


def _closed(runtime: Runtime, _sender: int, parcel: p.Closed) -> None:
    runtime.note(r.FarWaitClosed(parcel.key))


def _handed(runtime: Runtime, sender: int, parcel: p.Handed) -> None:
    command = c.Correlate(parcel.element, local_of(parcel.key), parcel.variables)
    events = runtime.tell(case_of(parcel.key), command)
    if isinstance(events[0], Rejection):
        runtime.send(sender, p.Refused(parcel.message, parcel.key, parcel.process_id))


def _refused(runtime: Runtime, _sender: int, parcel: p.Refused) -> None:
    runtime.post.take_back(parcel.message, parcel.process_id, parcel.key)


TAKEN: dict[type[Any], Callable[[Runtime, int, Any], None]] = {
    p.Definition: _defined,
    p.Signal: _heard,
    p.Publication: _published,
    p.Opened: _opened,
    p.Closed: _closed,
    p.Handed: _handed,
    p.Refused: _refused,
}

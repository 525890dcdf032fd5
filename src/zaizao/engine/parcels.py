"""Parcels: what one partition tells another.

Rule kept: a parcel is recorded by the sender in the transaction that makes it, and by the receiver in the transaction
that carries it out (``carrying.py``); each names its own content whole, so neither needs the other's memory.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias

import msgspec


class Parcel(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Something for another partition."""


class Definition(Parcel, frozen=True):
    """A definition was deployed: know it under the same key and version."""

    key: int
    kind: str
    name: str
    version: int
    version_tag: str | None
    source: str
    digest: str
    title: str = ""
    file: str = ""
    deployment: int = 0
    model: int = 0


class Signal(Parcel, frozen=True):
    """A signal was thrown."""

    name: str
    variables: dict[str, Any]


class Publication(Parcel, frozen=True):
    """A case threw a message whose correlation key lives with the receiver; it waits ``life`` µs."""

    name: str
    correlation: str
    variables: dict[str, Any]
    life: int


class Opened(Parcel, frozen=True):
    """An element of the sender's case waits for a message whose correlation key lives with the receiver."""

    key: int
    name: str
    correlation: str
    element: int
    process_id: str
    process: int
    node: str


class Closed(Parcel, frozen=True):
    """That element waits no more."""

    key: int


class Handed(Parcel, frozen=True):
    """A message for the receiver's waiting element ``key``."""

    message: int
    key: int
    element: int
    process_id: str
    variables: dict[str, Any]


class Refused(Parcel, frozen=True):
    """The element had stopped waiting when the message came: it may go to another."""

    message: int
    key: int
    process_id: str


AnyParcel: TypeAlias = Definition | Signal | Publication | Opened | Closed | Handed | Refused

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder: msgspec.json.Decoder[AnyParcel] = msgspec.json.Decoder(AnyParcel, float_hook=Decimal)


def encode(parcel: AnyParcel) -> bytes:
    """A parcel as JSON."""
    return _encoder.encode(parcel)


def decode(data: bytes) -> AnyParcel:
    """The parcel that ``encode`` wrote."""
    return _decoder.decode(data)

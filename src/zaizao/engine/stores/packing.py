"""Columns as PostgreSQL's binary arrays, packed at once (PostgreSQL's ``array_send``: one dimension, lower bound 1)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

_HEADER = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)
_NUMBERS = np.dtype([("length", ">i4"), ("value", ">i8")])
_INT8, _TEXT, _BYTEA = 20, 25, 17


class Numbers(bytes):
    """A packed ``bigint[]``."""


class Texts(bytes):
    """A packed ``text[]``."""


class Blobs(bytes):
    """A packed ``bytea[]``."""


def _header(element: int, size: int, nulls: bool) -> bytes:
    return _HEADER.pack(1, nulls, element, size, 1)


def numbers(values: Sequence[int]) -> Numbers:
    """``values`` as ``bigint[]``."""
    packed = np.empty(len(values), dtype=_NUMBERS)
    packed["length"] = 8
    packed["value"] = values
    return Numbers(_header(_INT8, len(values), False) + packed.tobytes())


def texts(values: Sequence[str | None]) -> Texts:
    """``values`` as ``text[]``. Raises ``ValueError`` for a text with a NUL character, which PostgreSQL cannot keep."""
    parts = [_header(_TEXT, len(values), None in values)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            encoded = value.encode()
            if b"\0" in encoded:
                raise ValueError("a text with a NUL character cannot be kept")
            parts.append(_LENGTH.pack(len(encoded)) + encoded)
    return Texts(b"".join(parts))


def blobs(values: Sequence[bytes]) -> Blobs:
    """``values`` as ``bytea[]``."""
    return Blobs(
        b"".join([_header(_BYTEA, len(values), False), *[_LENGTH.pack(len(value)) + value for value in values]])
    )


class _Packed(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        return bytes(obj)


class _Numbers(_Packed):
    oid = 1016


class _Texts(_Packed):
    oid = 1009


class _Blobs(_Packed):
    oid = 1001


def register(adapters: AdaptersMap) -> None:
    """Let a connection send packed arrays."""
    adapters.register_dumper(Numbers, _Numbers)
    adapters.register_dumper(Texts, _Texts)
    adapters.register_dumper(Blobs, _Blobs)

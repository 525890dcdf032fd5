"""Searching at the door: filters, orders and pages of ``/v2`` as searches of the store.

Rule kept: what can be asked of a kind of thing stands in one table (``Catalogue``): its filter fields, its sort fields.
A field that is not in the table is refused, as a filter that is not understood must not widen the answer. A cursor is
the place of a row in the order, so a page that begins after it costs the same wherever it lies. Totals are counted up
to ``COUNTED``; ``hasMoreTotalItems`` says that there are more.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from zaizao.engine import (
    Among,
    Condition,
    DefinitionRow,
    Either,
    Engine,
    Op,
    Search,
    StartRow,
    Test,
    case_of,
    in_order,
    inside,
    matcher,
    place_of,
)
from zaizao.server.door.partitions import Partitions
from zaizao.server.door.requests import TENANT, instant, key_of

COUNTED = 100_000
"""How far matches are counted in one partition."""
SHARED: tuple[type[Any], ...] = (DefinitionRow, StartRow)
"""Rows that are the same in every partition."""
NONE = Test("key", Op.LT, 0)
"""A condition that no row meets."""


class Sort(BaseModel):
    """One column of an order."""

    field: str
    order: str = Field(default="ASC", pattern="^(?i:asc|desc)$")


class Page(BaseModel):
    """Which part of a list: by offset (``from``), or by a cursor of an earlier page (``after``, ``before``)."""

    model_config = ConfigDict(extra="forbid")
    from_: int = Field(default=0, ge=0, alias="from")
    limit: int = Field(default=100, ge=0, le=10_000)
    after: str | None = None
    before: str | None = None


class Asked(BaseModel):
    """A search: ``filter`` names fields with a value each, or with ``{"$eq" | "$neq" | "$exists" | "$in" | "$notIn" |
    "$like" | "$gt" | "$gte" | "$lt" | "$lte": …}``; ``$like`` knows ``*``, ``?`` and the escape ``\\``.
    """

    filter: dict[str, Any] | None = None
    sort: list[Sort] | None = None
    page: Page | None = None


Filter = Callable[[Any], list[Condition]]
"""From a filter's value to conditions on rows."""
Present = Callable[[Engine, Any], dict[str, Any]]
"""From a row to what clients see of it."""


@dataclass(frozen=True)
class Catalogue:
    """What can be asked of one kind of thing: the rows, filter fields, sort fields by column, and the usual order."""

    table: type[Any]
    filters: Mapping[str, Filter]
    sorts: Mapping[str, str]
    where: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = field(default=())

    def conditions(self, wanted: Mapping[str, Any] | None) -> tuple[Condition, ...]:
        """A filter as conditions; 400 where it names what is not known."""
        found: list[Condition] = list(self.where)
        for name, value in (wanted or {}).items():
            if value is None:
                continue
            if name == "$or":
                found.append(Either(tuple(self._choice(one) for one in value)))
            elif name in self.filters:
                found += self.filters[name](value)
            else:
                raise HTTPException(400, f"no filter field {name!r}; known: {', '.join(self.filters)}")
        return tuple(found)

    def _choice(self, wanted: Any) -> tuple[Condition, ...]:
        if not isinstance(wanted, dict):
            raise HTTPException(400, "$or takes a list of filters")
        return Catalogue(self.table, self.filters, self.sorts).conditions(wanted)

    def ordered(self, sort: list[Sort] | None) -> tuple[tuple[str, bool], ...]:
        """An order as columns; 400 where it names what is not known."""
        unknown = [one.field for one in sort or () if one.field not in self.sorts]
        if unknown:
            raise HTTPException(400, f"no sort field {unknown[0]!r}; known: {', '.join(self.sorts)}")
        chosen = {self.sorts[one.field]: one.order.upper() == "DESC" for one in sort or ()}
        return tuple(chosen.items()) or self.order


# --- filter fields --------------------------------------------------------------------------------------------------

_SIGNS = {"$eq": Op.EQ, "$neq": Op.NE, "$gt": Op.GT, "$gte": Op.GE, "$lt": Op.LT, "$lte": Op.LE}


def tests(value: Any, convert: Callable[[Any], Any]) -> Iterator[tuple[Op, Any]]:
    """What a filter's value asks: operators with converted values."""
    if not isinstance(value, dict):
        yield Op.EQ, convert(value)
        return
    for sign, wanted in value.items():
        if sign == "$exists":
            yield (Op.PRESENT if wanted else Op.ABSENT), None
        elif sign in ("$in", "$notIn"):
            if not isinstance(wanted, list):
                raise HTTPException(400, f"{sign} takes a list")
            yield (Op.IN if sign == "$in" else Op.NOT_IN), tuple(convert(one) for one in wanted)
        elif sign == "$like":
            yield Op.LIKE, str(wanted)
        elif sign in _SIGNS:
            yield _SIGNS[sign], convert(wanted)
        else:
            raise HTTPException(400, f"unknown operator {sign!r}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise HTTPException(400, f"{value!r} is not a text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise HTTPException(400, f"{value!r} is not a whole number")
    return value


def _column(convert: Callable[[Any], Any]) -> Callable[[str], Filter]:
    def of(column: str) -> Filter:
        return lambda value: [Test(column, op, wanted) for op, wanted in tests(value, convert)]

    return of


text = _column(_text)
"""A text column."""
number = _column(_number)
"""A column of whole numbers."""
key = _column(key_of)
"""A column of keys."""
date = _column(instant)
"""A column of times."""


def flag(column: str) -> Filter:
    """Whether a column has a value."""
    return lambda value: [Test(column, Op.PRESENT if value else Op.ABSENT)]


def choice(column: str, stored: Mapping[str, tuple[str, ...]]) -> Filter:
    """A column with few values; ``stored`` are the column's values by the name at the door."""

    def known(name: Any) -> str:
        if name not in stored:
            raise HTTPException(400, f"{name!r} is none of {', '.join(stored)}")
        return str(name)

    def conditions(value: Any) -> list[Condition]:
        return [_chosen(column, stored, op, wanted) for op, wanted in tests(value, known)]

    return conditions


def _chosen(column: str, stored: Mapping[str, tuple[str, ...]], op: Op, wanted: Any) -> Condition:
    if op in (Op.PRESENT, Op.ABSENT):
        return Test(column, op)
    given = Test("value", op, wanted)
    names = [name for name in stored if _says(name, given)]
    return Test(column, Op.IN, tuple(value for name in names for value in stored[name]))


class _Constant(NamedTuple):
    value: Any


def _says(value: Any, test: Test) -> bool:
    return matcher((test,), lambda _table: ())(_Constant(value))


def constant(value: Any) -> Filter:
    """A field that is the same for all rows, like the tenant."""
    return lambda wanted: [] if all(_says(value, Test("value", *one)) for one in tests(wanted, lambda v: v)) else [NONE]


tenant = constant(TENANT)
"""The one tenant."""


def of_case(column: str = "key") -> Filter:
    """The process instance in which the key in ``column`` lies."""

    def conditions(value: Any) -> list[Condition]:
        found: list[Condition] = []
        for op, wanted in tests(value, key_of):
            if op in (Op.PRESENT, Op.ABSENT):
                found.append(Test(column, op))
                continue
            cases = wanted if isinstance(wanted, tuple) else (wanted,)
            ranges = [
                (Test(column, Op.GE, case_of(one)), Test(column, Op.LT, case_of(one) + (1 << 24))) for one in cases
            ]
            if op in (Op.EQ, Op.IN):
                found += ranges[0] if len(ranges) == 1 else [Either(tuple(ranges)) if ranges else NONE]
            elif op in (Op.NE, Op.NOT_IN):
                found += [
                    Either(((Test(column, Op.LT, low.value),), (high._replace(op=Op.GE),))) for low, high in ranges
                ]
            else:
                raise HTTPException(400, f"keys know no {op}")
        return found

    return conditions


def of_definition(field_of: Callable[[str], Filter], name: str, column: str = "process") -> Filter:
    """Something that the row's definition says."""
    return lambda value: [Among(column, DefinitionRow, "key", tuple(field_of(name)(value)))]


def listed(column: str) -> Filter:
    """A column that is a list of names; one of them is asked for."""

    def conditions(value: Any) -> list[Condition]:
        found: list[Condition] = []
        for op, wanted in tests(value, _text):
            if op is Op.EQ:
                found.append(Test(column, Op.HAS, wanted))
            elif op is Op.NE:
                found.append(Test(column, Op.HAS_NOT, wanted))
            elif op is Op.IN:
                found.append(Either(tuple((Test(column, Op.HAS, one),) for one in wanted)))
            elif op is Op.NOT_IN:
                found += [Test(column, Op.HAS_NOT, one) for one in wanted]
            elif op is Op.LIKE:
                found.append(Test(column, Op.LIKE, f"*{wanted.strip('*')}*"))
            else:
                found.append(Test(column, op))
        return found

    return conditions


def all_of(column: str) -> Filter:
    """A column that is a list of names; each of the asked ones must be there."""
    return lambda value: [Test(column, Op.HAS, _text(one)) for one in value]


# --- pages ----------------------------------------------------------------------------------------------------------


def _cursor(place: Iterable[Any]) -> str:
    return base64.b64encode(json.dumps(list(place)).encode()).decode()


def _place(cursor: str, search: Search) -> tuple[Any, ...]:
    try:
        place = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise HTTPException(400, "the cursor is none of ours") from fault
    if not isinstance(place, list) or len(place) != len(search.whole_order()):
        raise HTTPException(400, "the cursor belongs to another order")
    if not all(isinstance(one, int | str) for one in place):
        raise HTTPException(400, "the cursor is none of ours")
    return tuple(place)


def find(
    partitions: Partitions, catalogue: Catalogue, asked: Asked | None, present: Present, *also: Condition
) -> dict[str, Any]:
    """The answer to a search: ``items`` and ``page``."""
    asked = asked or Asked()
    page = asked.page or Page()
    where = (*catalogue.conditions(asked.filter), *also)
    search = Search(catalogue.table, where, catalogue.ordered(asked.sort))
    backwards = page.before is not None
    if backwards:
        search = search._replace(order=tuple((name, not down) for name, down in search.whole_order()))
    cursor = page.before if backwards else page.after
    if cursor is not None:
        search = search._replace(after=_place(cursor, search))
    shared = catalogue.table in SHARED
    several = not shared
    offset = 0 if cursor is not None else page.from_
    asking = search._replace(offset=0 if several else offset, limit=page.limit + (offset if several else 0))

    def ask(engine: Engine) -> tuple[list[tuple[Any, dict[str, Any]]], int]:
        rows = [(row, present(engine, row)) for row in engine.search(asking)] if page.limit else []
        return rows, engine.total(catalogue.table, where, COUNTED + 1)

    pieces = [partitions.first().ask(ask)] if shared else partitions.ask_each(ask)
    shown = {row[0]: (row, document) for rows, _ in pieces for row, document in rows}
    if several:
        ranked = in_order((row for row, _ in shown.values()), search)[offset : offset + page.limit]
        shown = {row[0]: shown[row[0]] for row in ranked}
    found = list(shown.values())
    if backwards:
        found.reverse()
    total = sum(min(count, COUNTED) for _, count in pieces)
    more = any(count > COUNTED for _, count in pieces)
    ends = [_cursor(place_of(found[at][0], search)) for at in (0, -1)] if found else [None, None]
    shape = {"totalItems": total, "hasMoreTotalItems": more, "startCursor": ends[0], "endCursor": ends[1]}
    return {"items": [document for _, document in found], "page": shape}


def whole(items: list[dict[str, Any]], page: Page | None = None) -> dict[str, Any]:
    """The answer to a search among few things that were listed whole."""
    page = page or Page()
    begin = page.from_
    for cursor, sign in ((page.after, 1), (page.before, -1)):
        if cursor is not None:
            place = _place(cursor, Search(DefinitionRow))[0]
            begin = int(place) + 1 if sign > 0 else max(0, int(place) - page.limit)
    shown = items[begin : begin + page.limit]
    ends = [_cursor((begin,)), _cursor((begin + len(shown) - 1,))] if shown else [None, None]
    shape = {"totalItems": len(items), "hasMoreTotalItems": False, "startCursor": ends[0], "endCursor": ends[1]}
    return {"items": shown, "page": shape}


def within(case: int) -> tuple[Test, Test]:
    """The conditions on keys that lie in ``case``."""
    return Test("key", Op.GE, case_of(case)), Test("key", Op.LT, inside(case_of(case), 0) + (1 << 24))

"""Searches over rows: conditions, an order, a page; the same answer from memory and from SQL.

Rule kept: a search names columns of one row type; names come from code, values are always parameters. What a row does
not have is ``None``, an empty text or 0, and counts as absent. The order always ends with the key, so that it is total
and a page can begin after any row. Text is ordered by code point.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, get_args, get_type_hints


class Op(StrEnum):
    """How a column is tested; ``LIKE`` knows ``*``, ``?`` and the escape ``\\``; ``HAS`` looks into a comma list."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    NOT_IN = "not in"
    LIKE = "like"
    PRESENT = "present"
    ABSENT = "absent"
    HAS = "has"
    HAS_NOT = "has not"


class Test(NamedTuple):
    """``column`` against ``value`` (a sequence for ``IN`` and ``NOT_IN``)."""

    column: str
    op: Op
    value: Any = None


class Either(NamedTuple):
    """At least one of these groups of conditions holds."""

    choices: tuple[tuple[Condition, ...], ...]


class Among(NamedTuple):
    """``column`` is one of ``select`` over the rows of ``table`` for which ``where`` holds."""

    column: str
    table: type[Any]
    select: str
    where: tuple[Condition, ...]


Condition: TypeAlias = Test | Either | Among


class Search(NamedTuple):
    """Rows of ``table`` for which all of ``where`` holds, by ``order`` (column, descending), after a row or offset."""

    table: type[Any]
    where: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    after: tuple[Any, ...] | None = None
    offset: int = 0
    limit: int | None = None

    def whole_order(self) -> tuple[tuple[str, bool], ...]:
        """The order, ended by the key."""
        return self.order if any(name == "key" for name, _ in self.order) else (*self.order, ("key", False))


def place_of(row: Any, search: Search) -> tuple[Any, ...]:
    """Where ``row`` stands in the order of ``search``: what ``Search.after`` takes."""
    return tuple(_ordered(getattr(row, name)) for name, _ in search.whole_order())


def _ordered(value: Any) -> Any:
    return "" if value is None else value


def in_order(rows: Iterable[Any], search: Search) -> list[Any]:
    """``rows`` sorted as the search says."""
    found = list(rows)
    for name, descending in reversed(search.whole_order()):
        found.sort(key=lambda row, name=name: _ordered(getattr(row, name)), reverse=descending)  # type: ignore[misc]
    return found


def behind(row: Any, search: Search) -> bool:
    """Whether ``row`` comes after ``search.after``."""
    for (name, descending), border in zip(search.whole_order(), search.after or (), strict=True):
        value = _ordered(getattr(row, name))
        if value != border:
            return bool(value < border) if descending else bool(value > border)
    return False


# --- in memory ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _pattern(like: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", like, re.DOTALL)
    known = {"*": ".*", "?": "."}
    return re.compile("".join(known.get(p, re.escape(p[-1])) for p in parts), re.DOTALL)


_TESTS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: lambda have, want: bool(have == want),
    Op.NE: lambda have, want: bool(have != want),
    Op.LT: lambda have, want: bool(have and have < want),
    Op.LE: lambda have, want: bool(have and have <= want),
    Op.GT: lambda have, want: bool(have and have > want),
    Op.GE: lambda have, want: bool(have and have >= want),
    Op.IN: lambda have, want: have in want,
    Op.NOT_IN: lambda have, want: have not in want,
    Op.LIKE: lambda have, want: isinstance(have, str) and _pattern(want).fullmatch(have) is not None,
    Op.PRESENT: lambda have, _want: bool(have),
    Op.ABSENT: lambda have, _want: not have,
    Op.HAS: lambda have, want: want in have.split(","),
    Op.HAS_NOT: lambda have, want: want not in have.split(","),
}

Rows = Callable[[type[Any]], Iterable[Any]]


def matcher(where: Sequence[Condition], rows: Rows) -> Callable[[Any], bool]:
    """A test of rows; ``rows`` gives those of a table, for ``Among``."""
    tests = [_one(condition, rows) for condition in where]
    return lambda row: all(test(row) for test in tests)


def _one(condition: Condition, rows: Rows) -> Callable[[Any], bool]:
    if isinstance(condition, Test):
        column, test, value = condition.column, _TESTS[condition.op], condition.value
        return lambda row: test(getattr(row, column), value)
    if isinstance(condition, Either):
        choices = [matcher(choice, rows) for choice in condition.choices]
        return lambda row: any(choice(row) for choice in choices)
    inner = matcher(condition.where, rows)
    known = {getattr(row, condition.select) for row in rows(condition.table) if inner(row)}
    return lambda row: getattr(row, condition.column) in known


# --- in SQL ---------------------------------------------------------------------------------------------------------


_KINDS: dict[type[Any], dict[str, tuple[type[Any], bool]]] = {}


def kinds(table: type[Any]) -> dict[str, tuple[type[Any], bool]]:
    """The columns of a row type: number, text or bytes, and whether there may be nothing."""
    if table in _KINDS:
        return _KINDS[table]
    found = _KINDS[table] = {}
    for name, hint in get_type_hints(table).items():
        choices = [one for one in get_args(hint) or (hint,) if one is not type(None)]
        kind = next(plain for plain in (int, str, bytes) if issubclass(choices[0], plain))
        found[name] = (kind, type(None) in get_args(hint))
    return found


class Dialect(NamedTuple):
    """What differs between databases: patterns, the order of text, finding a text in a text. Parameters are ``?``."""

    names: Mapping[type[Any], str]
    postgres: bool = False

    def column(self, table: type[Any], name: str) -> str:
        """A column as it is compared and ordered."""
        if name not in table._fields:
            raise KeyError(f"{self.names[table]} has no column {name!r}")
        kind, null = kinds(table)[name]
        sql = f"COALESCE(\"{name}\", '')" if null and kind is str else f'"{name}"'
        return f'{sql} COLLATE "C"' if self.postgres and kind is str else sql


_COMPARED = {Op.LT, Op.LE, Op.GT, Op.GE}


def where_sql(table: type[Any], where: Sequence[Condition], dialect: Dialect) -> tuple[str, list[Any]]:
    """The conditions as SQL (``1=1`` where there is none) and its parameters."""
    parts, values = [], []
    for condition in where:
        sql, given = _condition_sql(table, condition, dialect)
        parts.append(sql)
        values += given
    return " AND ".join(parts) or "1=1", values


def _condition_sql(table: type[Any], condition: Condition, dialect: Dialect) -> tuple[str, list[Any]]:
    if isinstance(condition, Test):
        return _test_sql(table, condition, dialect)
    if isinstance(condition, Either):
        parts = [where_sql(table, choice, dialect) for choice in condition.choices]
        return "(" + " OR ".join(f"({sql})" for sql, _ in parts) + ")", [v for _, given in parts for v in given]
    sql, values = where_sql(condition.table, condition.where, dialect)
    column = dialect.column(table, condition.column)
    selected = dialect.column(condition.table, condition.select)
    return f"{column} IN (SELECT {selected} FROM {dialect.names[condition.table]} WHERE {sql})", values  # noqa: S608


def _test_sql(table: type[Any], test: Test, dialect: Dialect) -> tuple[str, list[Any]]:
    column, op = dialect.column(table, test.column), test.op
    number = kinds(table)[test.column][0] is int
    value = "" if test.value is None and op in (Op.EQ, Op.NE) else test.value
    if op in (Op.EQ, Op.NE):
        return f"{column} {op} ?", [value]
    if op in _COMPARED:
        return f"({column} {op} ?" + (f" AND {column} <> 0)" if number else ")"), [value]
    if op in (Op.IN, Op.NOT_IN):
        if not value:
            return ("1=0" if op is Op.IN else "1=1"), []
        return f"{column} {'IN' if op is Op.IN else 'NOT IN'} ({','.join('?' * len(value))})", list(value)
    if op is Op.LIKE:
        if dialect.postgres:
            return f"{column} LIKE ? ESCAPE '\\'", [_translated(value, {"*": "%", "?": "_"}, "%_\\", "\\{}")]
        return f"{column} GLOB ?", [_translated(value, {"*": "*", "?": "?"}, "*?[", "[{}]")]
    if op in (Op.HAS, Op.HAS_NOT):
        found = "strpos" if dialect.postgres else "instr"
        sign = "> 0" if op is Op.HAS else "= 0"
        return f"{found}(',' || \"{test.column}\" || ',', ?) {sign}", [f",{value},"]
    empty = "0" if number else "''"
    return f"{column} {'<>' if op is Op.PRESENT else '='} {empty}", []


def _translated(like: str, known: Mapping[str, str], special: str, escaped: str) -> str:
    """A pattern in the database's own signs."""
    parts = []
    for part in re.findall(r"\\.|.", like, re.DOTALL):
        sign = part[-1]
        parts.append(known[part] if part in known else escaped.format(sign) if sign in special else sign)
    return "".join(parts)


def search_sql(search: Search, dialect: Dialect) -> tuple[str, list[Any]]:
    """What stands behind the SELECT and its table, and its parameters."""
    table, order = search.table, search.whole_order()
    sql, values = where_sql(table, search.where, dialect)
    columns = [(dialect.column(table, name), descending) for name, descending in order]
    if search.after is not None:
        after, given = _after_sql(columns, search.after)
        sql, values = f"{sql} AND {after}", values + given
    by = ", ".join(column + (" DESC" if descending else "") for column, descending in columns)
    sql = f" WHERE {sql} ORDER BY {by}"
    if search.limit is not None:
        sql += f" LIMIT {int(search.limit)}"
        sql += f" OFFSET {int(search.offset)}" if search.offset else ""
    return sql, values


def _after_sql(columns: Sequence[tuple[str, bool]], after: Sequence[Any]) -> tuple[str, list[Any]]:
    """Behind a row in a lexicographic order whose columns may run either way."""
    (column, descending), border = columns[0], after[0]
    sign = "<" if descending else ">"
    if len(columns) == 1:
        return f"{column} {sign} ?", [border]
    rest, values = _after_sql(columns[1:], after[1:])
    # The first comparison is implied by the others; it is there for the index.
    sql = f"({column} {sign}= ? AND ({column} {sign} ? OR {rest}))"
    return sql, [border, border, *values]


def total_sql(table: type[Any], where: Sequence[Condition], most: int, dialect: Dialect) -> tuple[str, list[Any]]:
    """How many rows there are, counted up to ``most``."""
    sql, values = where_sql(table, where, dialect)
    rows = f"SELECT 1 FROM {dialect.names[table]} WHERE {sql} LIMIT {int(most)}"  # noqa: S608
    return f"SELECT count(*) FROM ({rows}) AS found", values  # noqa: S608


def tally_sql(
    table: type[Any], where: Sequence[Condition], columns: Sequence[str], dialect: Dialect
) -> tuple[str, list[Any]]:
    """How many rows there are for each combination of values of ``columns``."""
    sql, values = where_sql(table, where, dialect)
    by = ", ".join(dialect.column(table, name) for name in columns)
    return f"SELECT {by}, count(*) FROM {dialect.names[table]} WHERE {sql} GROUP BY {by} ORDER BY {by}", values  # noqa: S608

"""The names in scope while parsing: which sequences of tokens are one name.

The rule: only names of several tokens are kept, for a single word needs no help. A name matches when its tokens
stand in the text in the same order, apart where it has a blank and together where it has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from .access import PROPERTY_NAMES
from .tokens import tokens
from .types import BUILT_IN_TYPES, ContextType, FeelType, ListType

#: By first token: the rest as (apart, token) pairs, longest first.
_Table = Mapping[str, tuple[tuple[tuple[bool, str], ...], ...]]
_Pairs = list[tuple[str, str]]


@lru_cache(maxsize=4096)
def _cut(name: str) -> tuple[str, tuple[tuple[bool, str], ...]] | None:
    """First token and the rest of a name of several tokens; None for a single token."""
    found = tokens(name)[:-1]
    return (found[0][1], tuple((bool(gap), token) for gap, token in found[1:])) if len(found) > 1 else None


def _table(names: Iterable[str], base: _Table) -> _Table:
    longer: dict[str, set[tuple[tuple[bool, str], ...]]] = {}
    for name in names:
        cut = _cut(name)
        if cut is not None:
            longer.setdefault(cut[0], set()).add(cut[1])
    if not longer:
        return base
    table = dict(base)
    for first, rests in longer.items():
        table[first] = tuple(sorted(rests.union(base.get(first, ())), key=len, reverse=True))
    return table


def _longest(table: _Table, pairs: _Pairs, at: int) -> int:
    for rest in table.get(pairs[at][1], ()):
        if len(pairs) - at > len(rest) and all(
            pairs[at + place][1] == token and bool(pairs[at + place][0]) is apart
            for place, (apart, token) in enumerate(rest, 1)
        ):
            return len(rest) + 1
    return 0


@dataclass(frozen=True, slots=True)
class Names:
    """What the parser knows: variables and functions, entries and properties, and the named types."""

    names: _Table
    members: _Table
    types: Mapping[str, FeelType] = field(default_factory=dict)
    #: The variables that were declared; they hide built-in functions of the same name.
    declared: frozenset[str] = frozenset()
    #: Names of entries that came up on the way: inside a filter they may stand alone.
    entries: tuple[str, ...] = ()

    @staticmethod
    def of(
        names: Iterable[str] = (), members: Iterable[str] = (), types: Mapping[str, FeelType] | None = None
    ) -> Names:
        """A scope with the built-in functions and these names."""
        inner = set(members)
        for type in (types or {}).values():
            _collect(type, inner)
        declared = frozenset(names)
        return Names(_table(declared | inner, _built_in()), _table(inner, _properties()), types or {}, declared)

    def longest(self, pairs: _Pairs, at: int) -> int:
        """How many tokens from ``at`` on are a known name of several tokens; 0 if none."""
        return _longest(self.names, pairs, at) if pairs[at][1] in self.names else 0

    def longest_member(self, pairs: _Pairs, at: int) -> int:
        """The same for the name of an entry or property."""
        return _longest(self.members, pairs, at) if pairs[at][1] in self.members else 0

    def with_names(self, names: Iterable[str]) -> Names:
        """This scope and inner variables."""
        table = _table(names, self.names)
        return self if table is self.names else replace(self, names=table)

    def with_members(self, members: Iterable[str]) -> Names:
        """This scope and names of entries."""
        found = tuple(members)
        table = _table(found, self.members)
        return self if table is self.members else replace(self, members=table, entries=self.entries + found)

    def in_filter(self) -> Names:
        """This scope where the entries of an item are variables."""
        return self.with_names(self.entries) if self.entries else self


def _collect(type: FeelType, into: set[str]) -> None:
    if isinstance(type, ContextType):
        for key, inner in type.entries:
            into.add(key)
            _collect(inner, into)
    elif isinstance(type, ListType):
        _collect(type.element, into)


@lru_cache(maxsize=1)
def _built_in() -> _Table:
    from .functions import BUILT_INS

    return _table(BUILT_INS, {})


@lru_cache(maxsize=1)
def _properties() -> _Table:
    return _table(PROPERTY_NAMES, {})


@lru_cache(maxsize=1)
def type_names() -> _Table:
    """Built-in type names of several tokens."""
    return _table(BUILT_IN_TYPES, {})


def longest_type(pairs: _Pairs, at: int) -> int:
    """How many tokens from ``at`` on are a built-in type name of several tokens; 0 if none."""
    return _longest(type_names(), pairs, at)

"""Built-in functions as a table: name, parameters, the Python function that does it (DMN 1.5, 10.3.4).

The rule: an argument of the wrong kind makes the result null. Before that, a single-item list stands for its item
where an item is wanted, and an item for the list of itself where a list is wanted. What a function gets is checked
here, so the functions themselves do not check the kinds that their signature states.

A signature reads ``substring(string: string, start position: number, length?: number)``: ``name?`` may be left out,
``type?`` may be null, ``type|type`` takes either, ``name...`` takes the rest of the arguments as one list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from ..session import null
from ..types import BUILT_IN_TYPES
from ..values import Date, DateTime, DaysTime, Function, Parameter, Range, Time, Value, YearsMonths

_KINDS: Final[dict[str, type]] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "list": list,
    "context": dict,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "days and time duration": DaysTime,
    "years and months duration": YearsMonths,
    "range": Range,
    "function": Function,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One parameter of a built-in: ``kinds`` None takes anything."""

    name: str
    kinds: frozenset[type] | None
    optional: bool
    nullable: bool
    rest: bool

    def ready(self, value: Value) -> tuple[bool, Value]:
        """Whether the value fits, and the value as the function wants it."""
        kinds = self.kinds
        if kinds is None or type(value) in kinds:
            return True, value
        if value is None:
            return self.nullable, None
        if list in kinds:
            return True, [value]
        if type(value) is list and len(value) == 1 and type(value[0]) in kinds:
            return True, value[0]
        return Function in kinds and isinstance(value, Function), value

    def gathered(self, given: Value) -> list[Value]:
        """What a rest parameter gets by name: ``list`` is all of them, another name is one of them."""
        return given if self.name == "list" and type(given) is list else [given]


@dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a built-in."""

    signature: str
    taken: tuple[Taken, ...]
    run: Callable[..., Value]

    def fits(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        if self.taken and self.taken[-1].rest:
            return count >= len(self.taken)
        return count <= len(self.taken) and all(taken.optional for taken in self.taken[count:])

    def by_position(self, arguments: Sequence[Value]) -> list[Value] | None:
        """The arguments as the function wants them; None if they do not fit."""
        if not self.fits(len(arguments)):
            return None
        last = len(self.taken) - 1
        if self.taken and self.taken[last].rest:
            arguments = [*arguments[:last], list(arguments[last:])]
        ready: list[Value] = []
        for taken, argument in zip(self.taken, arguments, strict=False):
            fits, value = taken.ready(argument)
            if not fits:
                return None
            ready.append(value)
        return ready

    def by_name(self, arguments: Mapping[str, Value]) -> list[Value] | None:
        """The same for named arguments; a missing one counts as null where null is taken."""
        names = {taken.name for taken in self.taken}
        if not arguments.keys() <= names:
            return None
        ready: list[Value] = []
        for taken in self.taken:
            if taken.name not in arguments and taken.optional:
                if any(later.name in arguments for later in self.taken[len(ready) + 1 :]):
                    ready.append(None)
                    continue
                break
            given = arguments.get(taken.name)
            fits, value = (True, taken.gathered(given)) if taken.rest else taken.ready(given)
            if not fits or (taken.name not in arguments and not taken.nullable):
                return None
            ready.append(value)
        return ready


@dataclass(frozen=True, slots=True, eq=False)
class BuiltIn(Function):
    """A built-in function as a value; callable like any other."""

    overloads: tuple[Overload, ...] = field(default=())
    #: Whether equal arguments always give an equal result, so that it may be computed once.
    constant: bool = True

    def by_name(self, arguments: Mapping[str, Value]) -> Value:
        """Call with named arguments."""
        for overload in self.overloads:
            ready = overload.by_name(arguments)
            if ready is not None:
                return overload.run(*ready)
        return self._misfit()

    @property
    def takes_steps(self) -> bool:
        """Whether its work depends on the length of a list or on a function: then it is paid in steps."""
        wide = (list, Function)
        return any(
            taken.rest or (taken.kinds is not None and not taken.kinds.isdisjoint(wide))
            for overload in self.overloads
            for taken in overload.taken
        )

    def _misfit(self) -> Value:
        return null(
            "arguments",
            f"函数 {self.name} 的参数不符",
            f"the arguments do not fit {' or '.join(overload.signature for overload in self.overloads)}",
        )

    def entry(self, count: int) -> Callable[..., Value]:
        """The quickest way to call it with so many arguments by position."""
        fitting = [overload for overload in self.overloads if overload.fits(count)]
        slow = self.call
        if len(fitting) != 1 or not 1 <= count <= 3:
            return slow
        overload = fitting[0]
        kinds = [taken.kinds for taken in overload.taken[:count]]
        if overload.taken[-1].rest or len(overload.taken) < count:
            return slow
        return _ENTRIES[count](overload.run, slow, *kinds)


def _one(run: Callable[..., Value], slow: Callable[..., Value], kinds: frozenset[type] | None) -> Callable[..., Value]:
    if kinds is None:
        return run
    return lambda first: run(first) if type(first) in kinds else slow(first)


def _two(run: Callable[..., Value], slow: Callable[..., Value], *kinds: frozenset[type] | None) -> Callable[..., Value]:
    one, two = kinds
    if one is None or two is None:
        return slow
    return lambda first, second: (
        run(first, second) if type(first) in one and type(second) in two else slow(first, second)
    )


def _three(
    run: Callable[..., Value], slow: Callable[..., Value], *kinds: frozenset[type] | None
) -> Callable[..., Value]:
    one, two, three = kinds
    if one is None or two is None or three is None:
        return slow
    return lambda first, second, third: (
        run(first, second, third)
        if type(first) in one and type(second) in two and type(third) in three
        else slow(first, second, third)
    )


_ENTRIES: Final[dict[int, Callable[..., Callable[..., Value]]]] = {1: _one, 2: _two, 3: _three}

_SIGNATURE: Final = re.compile(r"([^(]+)\((.*)\)")

#: Every built-in by name; the modules of this package fill it when they are imported.
BUILT_INS: Final[dict[str, BuiltIn]] = {}

_Run = TypeVar("_Run", bound=Callable[..., Any])


def built_in(*signatures: str, constant: bool = True) -> Callable[[_Run], _Run]:
    """Register the decorated function under the name that the signatures share; each is tried in order."""

    def register(run: _Run) -> _Run:
        for signature in signatures:
            _add(signature, run, constant)
        return run

    return register


def _add(signature: str, run: Callable[..., Value], constant: bool) -> None:
    found = _SIGNATURE.fullmatch(signature)
    assert found is not None, signature
    name, inside = found.groups()
    overload = Overload(signature, tuple(_taken(part) for part in inside.split(", ") if part), run)
    before = BUILT_INS[name].overloads if name in BUILT_INS else ()
    BUILT_INS[name] = _function(name, (*before, overload), constant)


def _function(name: str, overloads: tuple[Overload, ...], constant: bool) -> BuiltIn:
    def call(*arguments: Value) -> Value:
        for overload in overloads:
            ready = overload.by_position(arguments)
            if ready is not None:
                return overload.run(*ready)
        return built._misfit()

    parameters = tuple(Parameter(taken.name, _declared(taken)) for taken in overloads[0].taken)
    built = BuiltIn(parameters, call, name, None, overloads, constant)
    return built


def _declared(taken: Taken) -> Any:
    names = [name for name, kind in _KINDS.items() if taken.kinds is not None and kind in taken.kinds]
    return BUILT_IN_TYPES[names[0]] if len(names) == 1 else None


def _taken(text: str) -> Taken:
    name, _, kind = text.partition(": ")
    rest, optional, nullable = name.endswith("..."), name.endswith("?"), kind.endswith("?")
    kinds = None if kind in ("", "Any") else frozenset(_KINDS[one] for one in kind.rstrip("?").split("|"))
    return Taken(name.rstrip(".?"), kinds, optional, nullable or kinds is None, rest)

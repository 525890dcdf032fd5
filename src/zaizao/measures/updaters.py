"""The updater of a set of measures: one generated Python function that looks, and one that keeps.

Rule kept: ``look(event, tick)`` gives the figures with the event in its windows, without keeping it; ``keep(declined)``
then keeps it. Both are written for the set, with nothing decided per event that is known before. Source is made of
numbers and generated names alone: texts of filters come in as literals by ``repr``.

Theory. Measures with the same key share one *record*: a list ``[last tick, slot, slot, …]``. Measures with the same X,
filter, rules and window share *cells* of it, by what they need:

- sums (count, sum, squares) of an exact window stand on a *tape* of (tick, x), shared by all its windows, with a head
  for each; of panes and calendar periods in *buckets* (slot, count, sum, squares), of which few exist;
- extremes in a queue in which later and larger (smaller) values drive out earlier ones, one a pane at most;
- distinct values in an order of last sight, of which ``cap`` are kept: if more are in the window, the figure is the cap;
- the last value with its tick.

Every window is "ticks after ``lim``": exact windows have ``lim = tick − length``, panes and periods begin at whole slots.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zaizao.measures.filters import python_filter
from zaizao.measures.streams import Aggregate, Calendar, StreamMeasure, StreamSet, Window, period

Record = list[Any]
Figures = tuple[Any, ...]
COMPACT = 32
"""A tape is cut when more of its events than this, and more than half, lie before every window."""
_SUMS = {Aggregate.COUNT: "n", Aggregate.SUM: "s", Aggregate.AVG: "ns", Aggregate.STDDEV: "nsq"}


def spread(n: int, s: int, q: int) -> float | None:
    """The sample standard deviation from a count, a sum and a sum of squares, all exact."""
    return None if n < 2 else math.sqrt((q * n - s * s) / (n * (n - 1)))


def mean(n: int, s: int) -> float | None:
    """The mean from a count and an exact sum."""
    return s / n if n else None


@dataclass(slots=True)
class _Lines:
    """Source being written."""

    lines: list[str] = field(default_factory=list)

    def add(self, depth: int, *lines: str) -> None:
        self.lines += ["    " * depth + line for line in lines]


@dataclass(slots=True)
class _Group:
    """The measures of one key: the layout of their record, and the code that looks and keeps."""

    number: int
    by: tuple[str, ...]
    fresh: list[str] = field(default_factory=lambda: ["0"])
    look: _Lines = field(default_factory=_Lines)
    keep: _Lines = field(default_factory=_Lines)
    cells: dict[Any, Any] = field(default_factory=dict)
    figures: list[tuple[str, str, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    span: int = 0

    def slot(self, initial: str) -> int:
        self.fresh.append(initial)
        return len(self.fresh) - 1


class _Writer:
    """Writes the source of one set."""

    def __init__(self, measures: StreamSet) -> None:
        self.set = measures
        self.groups: dict[tuple[str, ...], _Group] = {}
        self.conditions: dict[str, str] = {}
        self.windows: dict[Window, str] = {}
        self.places = {name: f"e{number}" for number, name in enumerate(measures.fields)}
        self.rules: set[str] = set()

    # --- what several measures share ---

    def condition(self, measure: StreamMeasure) -> str:
        """The variable that says whether the event counts: filter, X there, not late, not future-dated."""
        tests = [] if measure.where is None else [python_filter(measure.where, self.places)]
        if measure.of is not None:
            tests.append(f"{self.places[measure.of]} is not None")
        for rule in ("late", "future"):
            if rule in measure.skips:
                self.rules.add(rule)
                tests.append(f"not {rule}")
        text = " and ".join(tests) or "True"
        return self.conditions.setdefault(text, f"c{len(self.conditions)}")

    def window(self, window: Window) -> str:
        """The number of the window: ``lim3`` is its limit, ``slot3`` the running slot."""
        return self.windows.setdefault(window, str(len(self.windows)))

    def group(self, by: tuple[str, ...]) -> _Group:
        return self.groups.setdefault(by, _Group(len(self.groups), by))

    # --- cells ---

    def tape(self, group: _Group, measure: StreamMeasure, c: str, kept: str) -> tuple[int, int]:
        """The tape of events that count; its ticks and values."""
        key = ("tape", measure.of, c, kept)
        if key not in group.cells:
            ticks, values = group.slot("[]"), group.slot("[]")
            group.cells[key] = (ticks, values, [])
            x = self.places[measure.of] if measure.of else "1"
            group.keep.add(1, f"if {kept}:", f"    R[{ticks}].append(tick); R[{values}].append({x})")
        ticks, values, _ = group.cells[key]
        return ticks, values

    def sums(self, group: _Group, measure: StreamMeasure, c: str, kept: str) -> dict[str, int]:
        """The cell of count, sum and squares in the measure's window."""
        key = ("sums", measure.of, c, kept, measure.window)
        if key not in group.cells:
            group.cells[key] = self._new_sums(group, measure, c, kept)
        found: dict[str, int] = group.cells[key]
        return found

    def _new_sums(self, group: _Group, measure: StreamMeasure, c: str, kept: str) -> dict[str, int]:
        needs = self.needs(measure, c)
        names = {name: group.slot("0") for name in needs}
        x = self.places[measure.of] if measure.of else "1"
        w = self.window(measure.window)
        steps = {"n": "1", "s": "{0}", "q": "{0} * {0}"}
        if measure.window.panes or measure.window.calendar:
            buckets = group.slot("deque()")
            taken = "; ".join(f"R[{place}] -= B[0][{at + 1}]" for at, (name, place) in enumerate(names.items()))
            group.look.add(1, f"B = R[{buckets}]", f"while B and B[0][0] <= lim{w}:", f"    {taken}; B.popleft()")
            first = ", ".join(steps[name].format(x) for name in names)
            group.keep.add(1, f"if {kept}:", f"    B = R[{buckets}]")
            group.keep.add(2, f"if B and B[-1][0] == slot{w}:", "    b = B[-1]")
            group.keep.add(3, "; ".join(f"b[{at + 1}] += {steps[name].format(x)}" for at, name in enumerate(names)))
            group.keep.add(2, f"else: B.append([slot{w}, {first}])")
        else:
            ticks, values = self.tape(group, measure, c, kept)
            head = group.slot("0")
            group.cells["tape", measure.of, c, kept][2].append(head)
            taken = "; ".join(f"R[{place}] -= {steps[name].format('y')}" for name, place in names.items())
            group.look.add(1, f"T = R[{ticks}]; h = R[{head}]; z = len(T)", f"if h < z and T[h] <= lim{w}:")
            if "s" in names or "q" in names:
                group.look.add(
                    2, f"X = R[{values}]", f"while h < z and T[h] <= lim{w}:", f"    y = X[h]; h += 1; {taken}"
                )
            else:
                group.look.add(2, "g = h", f"while h < z and T[h] <= lim{w}: h += 1", f"R[{names['n']}] -= h - g")
            group.look.add(2, f"R[{head}] = h")
        group.keep.add(1, f"if {kept}:")
        group.keep.add(2, "; ".join(f"R[{place}] += {steps[name].format(x)}" for name, place in names.items()))
        return names

    def needs(self, measure: StreamMeasure, c: str) -> str:
        """Everything that some measure wants of the cell that ``measure`` shares."""
        shared = (measure.of, measure.window, measure.by, "declined" in measure.skips)
        wanted = "".join(
            _SUMS[other.aggregate]
            for other in self.set.measures
            if other.aggregate in _SUMS
            and (other.of, other.window, other.by, "declined" in other.skips) == shared
            and self.condition(other) == c
        )
        return "".join(name for name in "nsq" if name in wanted)

    def extremes(self, group: _Group, measure: StreamMeasure, c: str, kept: str) -> int:
        """The queue of values of which none is driven out by a later one; its first is the figure."""
        sign = "<=" if measure.aggregate is Aggregate.MAX else ">="
        key = (measure.aggregate, measure.of, c, kept, measure.window)
        if key not in group.cells:
            queue = group.cells[key] = group.slot("deque()")
            w = self.window(measure.window)
            slot = "tick" if not (measure.window.panes or measure.window.calendar) else f"slot{w}"
            x = self.places[measure.of or ""]
            group.look.add(1, f"M = R[{queue}]", f"while M and M[0][0] <= lim{w}: M.popleft()")
            group.keep.add(1, f"if {kept}:", f"    M = R[{queue}]", f"    while M and M[-1][1] {sign} {x}: M.pop()")
            group.keep.add(2, f"if not M or M[-1][0] != {slot}: M.append(({slot}, {x}))")
        place: int = group.cells[key]
        return place

    def distinct(self, group: _Group, measure: StreamMeasure, c: str, kept: str) -> int:
        """Values by last sight, the cap's number at most."""
        key = ("distinct", measure.of, c, kept, measure.window, measure.cap)
        if key not in group.cells:
            seen = group.cells[key] = group.slot("OrderedDict()")
            w, x = self.window(measure.window), self.places[measure.of or ""]
            group.look.add(1, f"D = R[{seen}]", "while D:", "    y = next(iter(D))")
            group.look.add(2, f"if D[y] > lim{w}: break", "del D[y]")
            group.keep.add(1, f"if {kept}:", f"    D = R[{seen}]", f"    D[{x}] = tick; D.move_to_end({x})")
            group.keep.add(2, f"if len(D) > {measure.cap}: D.popitem(last=False)")
        place: int = group.cells[key]
        return place

    def latest(self, group: _Group, measure: StreamMeasure, c: str, kept: str) -> tuple[int, int]:
        """The tick and value of the last event that counts."""
        key = ("last", measure.of, c, kept)
        if key not in group.cells:
            at, value = group.cells[key] = group.slot("-1 << 62"), group.slot("None")
            x = self.places[measure.of] if measure.of else "None"
            group.keep.add(1, f"if {kept}: R[{at}] = tick; R[{value}] = {x}")
        found: tuple[int, int] = group.cells[key]
        return found

    # --- figures ---

    def figure(self, measure: StreamMeasure) -> None:
        """Write the cells that the measure needs, and the expression of its figure."""
        group = self.group(measure.by)
        group.span = max(group.span, measure.window.span)
        c = self.condition(measure)
        kept = f"{c} and not declined" if "declined" in measure.skips else c
        w = self.window(measure.window)
        group.flags.add(c)
        own = c if measure.current else "False"
        x = self.places[measure.of] if measure.of else "1"
        empty = "0" if measure.aggregate in (Aggregate.COUNT, Aggregate.SUM, Aggregate.DISTINCT) else "None"
        text = self._expression(group, measure, c, kept, w, own, x)
        group.figures.append((measure.name, text, empty))

    def _expression(self, group: _Group, measure: StreamMeasure, c: str, kept: str, w: str, own: str, x: str) -> str:
        kind = measure.aggregate
        if kind in _SUMS:
            at = {name: f"R[{place}]" for name, place in self.sums(group, measure, c, kept).items()}
            with_own = {"n": "{0} + 1", "s": "{0} + {1}", "q": "{0} + {1} * {1}"}
            plain = [at[name] for name in _SUMS[kind]]
            own_too = [with_own[name].format(at[name], x) for name in _SUMS[kind]]
            call = {Aggregate.AVG: "mean({})", Aggregate.STDDEV: "spread({})"}.get(kind, "{}")
            return _choice(own, call.format(", ".join(own_too)), call.format(", ".join(plain)))
        if kind in (Aggregate.MIN, Aggregate.MAX):
            q = f"R[{self.extremes(group, measure, c, kept)}]"
            sign = "<" if kind is Aggregate.MIN else ">"
            first = f"({q}[0][1] if {q} else None)"
            return _choice(own, f"({x} if not {q} or {x} {sign} {q}[0][1] else {q}[0][1])", first)
        if kind is Aggregate.DISTINCT:
            d = f"R[{self.distinct(group, measure, c, kept)}]"
            more = f"(len({d}) if {x} in {d} or len({d}) >= {measure.cap} else len({d}) + 1)"
            return _choice(own, more, f"len({d})")
        at_tick, value = self.latest(group, measure, c, kept)
        there = f"R[{at_tick}] > lim{w}"
        if kind is Aggregate.SINCE:
            return f"(tick - R[{at_tick}] if {there} else None)"
        return _choice(own, x, f"(R[{value}] if {there} else None)")

    # --- the whole ---

    def source(self) -> str:
        """The module's source: ``look``, ``keep``, and what a fresh record holds."""
        for measure in self.set.measures:
            if measure.aggregate is not Aggregate.RATIO:
                self.figure(measure)
        out = _Lines()
        for group in self.groups.values():
            out.add(0, f"def fresh{group.number}(): return [{', '.join(group.fresh)}]")
        out.add(0, "def look(event, tick):")
        out.add(1, "global held")
        self._opening(out)
        for group in self.groups.values():
            self._looking(out, group)
        for measure in self.set.measures:
            if measure.parts is not None:
                top, bottom = (f"v_{part}" for part in measure.parts)
                out.add(1, f"v_{measure.name} = {top} / {bottom} if {bottom} and {top} is not None else None")
        shared = self._shared()
        out.add(1, f"held = ({', '.join(shared)},)")
        out.add(1, f"return ({', '.join(f'v_{measure.name}' for measure in self.set.measures)},)")
        out.add(0, "def keep(declined=False):")
        out.add(1, "global held", f"({', '.join(shared)},) = held", "held = None")
        for group in self.groups.values():
            self._keeping(out, group)
        return "\n".join(out.lines) + "\n"

    def _shared(self) -> list[str]:
        slots = [f"slot{w}" for window, w in self.windows.items() if window.panes or window.calendar]
        records = [name for group in self.groups.values() for name in (f"K{group.number}", f"R{group.number}")]
        return ["tick", *self.places.values(), *self.conditions.values(), *slots, *records]

    def _opening(self, out: _Lines) -> None:
        names = ", ".join(self.places.values())
        out.add(1, f"occurred, {names}, = event")
        if "late" in self.rules:
            out.add(1, f"late = occurred is not None and tick - occurred > {self.set.late_after}")
        if "future" in self.rules:
            out.add(1, f"future = occurred is not None and occurred - tick > {self.set.ahead}")
        for text, name in self.conditions.items():
            out.add(1, f"{name} = {text}")
        calendars = {window.calendar for window in self.windows if window.calendar is not None}
        for calendar in sorted(calendars):
            out.add(1, f"if tick >= periods['{calendar}'][1]: periods['{calendar}'] = period(tick, '{calendar}')")
        for window, w in self.windows.items():
            if window.calendar is not None:
                out.add(1, f"slot{w} = periods['{window.calendar}'][0]; lim{w} = slot{w} - 1")
            elif window.panes:
                first = f"slot{w} - {(window.panes - 1) * window.pane} - 1"
                out.add(1, f"slot{w} = tick - tick % {window.pane}; lim{w} = {first}")
            else:
                out.add(1, f"lim{w} = tick - {window.length}")

    def _looking(self, out: _Lines, group: _Group) -> None:
        number = group.number
        keys = [self.places[name] for name in group.by]
        key = "0" if not keys else keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
        missing = " or ".join(f"{name} is None" for name in keys) or "False"
        out.add(1, f"if {missing}:", f"    K{number} = R{number} = None")
        out.add(2, *(f"v_{name} = None" for name, _, _ in group.figures))
        out.add(1, "else:", f"    K{number} = {key}; R = by{number}.get(K{number})")
        out.add(2, f"if R is None: R = fresh{number}()")
        out.add(2, f"R{number} = R")
        for line in group.look.lines:
            out.add(1, line)
        out.add(2, *(f"v_{name} = {text}" for name, text, _ in group.figures))

    def _keeping(self, out: _Lines, group: _Group) -> None:
        number = group.number
        flags = sorted(group.flags)
        by = f"by{number}"
        wanted = " or ".join(flags)
        out.add(1, f"R = R{number}", f"if R is not None and ({wanted}):")
        for line in group.keep.lines:
            out.add(1, line)
        for key, cell in group.cells.items():
            if isinstance(key, tuple) and key[0] == "tape":
                ticks, values, heads = cell
                least = f"R[{heads[0]}]" if len(heads) == 1 else f"min({', '.join(f'R[{h}]' for h in heads)})"
                out.add(2, f"if R[{heads[0]}] > {COMPACT}:", f"    h = {least}")
                out.add(3, f"if h > {COMPACT} and h + h > len(R[{ticks}]):")
                out.add(4, f"del R[{ticks}][:h]; del R[{values}][:h]")
                out.add(4, "; ".join(f"R[{head}] -= h" for head in heads))
        out.add(2, "R[0] = tick", f"{by}[K{number}] = R; {by}.move_to_end(K{number})")
        for _ in range(2):
            out.add(
                1, f"if {by}:", f"    y = next(iter({by}))", f"    if {by}[y][0] <= tick - {group.span}: del {by}[y]"
            )


def _choice(condition: str, yes: str, no: str) -> str:
    if condition == "False":
        return no
    return f"({yes} if {condition} else {no})"


@dataclass(slots=True)
class Updater:
    """The generated functions of a set, with the records they work on: one ordered table a key."""

    source: str
    look: Callable[[tuple[Any, ...], int], Figures]
    keep: Callable[..., None]
    tables: list[OrderedDict[Any, Record]]
    fresh: list[Callable[[], Record]]


def updater(measures: StreamSet) -> Updater:
    """Write and compile the updater of a set."""
    writer = _Writer(measures)
    source = writer.source()
    tables: list[OrderedDict[Any, Record]] = [OrderedDict() for _ in writer.groups]
    calendars = {window.calendar for window in writer.windows if window.calendar is not None}
    names: dict[str, Any] = {
        "deque": deque,
        "OrderedDict": OrderedDict,
        "mean": mean,
        "spread": spread,
        "held": None,
        "periods": dict.fromkeys(calendars, (0, 0)),
        "period": lambda tick, calendar: period(measures.zone, Calendar(calendar), tick),
        **{f"by{number}": table for number, table in enumerate(tables)},
    }
    exec(compile(source, "<measures>", "exec"), names)  # noqa: S102  (made above of numbers and generated names)
    fresh = [names[f"fresh{number}"] for number in range(len(tables))]
    return Updater(source, names["look"], names["keep"], tables, fresh)

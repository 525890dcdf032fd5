"""Built-in functions of ranges: Allen's relations of points and intervals (DMN 1.5, 10.3.4.9 and 10.3.4.2).

The rule: an end point that is excluded lies a hair inside its value. A point counts as the range from it to it.
"""

from __future__ import annotations

from ..comparison import conjunction, disjunction, equal, greater, in_range, less, negation, order
from ..session import null
from ..values import Range, Value
from .registry import built_in


def _both(*verdicts: bool | None) -> bool | None:
    return conjunction(verdicts)


def _either(*verdicts: bool | None) -> bool | None:
    return disjunction(verdicts)


def _span(value: Value) -> Range:
    return value if isinstance(value, Range) else Range(value, value)


def _ends_before_start(one: Range, other: Range) -> bool | None:
    """Whether ``one`` lies wholly before ``other``."""
    touch = equal(one.end, other.start) if not (one.end_included and other.start_included) else False
    return _either(less(one.end, other.start), touch)


def _starts_no_later(one: Range, other: Range) -> bool | None:
    """Whether ``one`` covers the start of ``other``."""
    same = equal(one.start, other.start) if one.start_included or not other.start_included else False
    return _either(less(one.start, other.start), same)


def _ends_no_sooner(one: Range, other: Range) -> bool | None:
    same = equal(one.end, other.end) if one.end_included or not other.end_included else False
    return _either(greater(one.end, other.end), same)


@built_in(
    "before(point1: Any, point2: Any)",
    "before(point: Any, range: Any)",
    "before(range: Any, point: Any)",
    "before(range1: Any, range2: Any)",
)
def before(one: Value, other: Value) -> bool | None:
    """The first lies wholly before the second."""
    return _ends_before_start(_span(one), _span(other))


@built_in(
    "after(point1: Any, point2: Any)",
    "after(point: Any, range: Any)",
    "after(range: Any, point: Any)",
    "after(range1: Any, range2: Any)",
)
def after(one: Value, other: Value) -> bool | None:
    """The first lies wholly after the second."""
    return _ends_before_start(_span(other), _span(one))


@built_in("meets(range1: range, range2: range)")
def meets(range1: Range, range2: Range) -> bool | None:
    """The first ends where the second starts, and both hold that point."""
    return _both(range1.end_included, range2.start_included, equal(range1.end, range2.start))


@built_in("met by(range1: range, range2: range)")
def met_by(range1: Range, range2: Range) -> bool | None:
    """The second meets the first."""
    return meets(range2, range1)


@built_in("overlaps(range1: range, range2: range)")
def overlaps(range1: Range, range2: Range) -> bool | None:
    """They have a point in common."""
    return _both(negation(_ends_before_start(range1, range2)), negation(_ends_before_start(range2, range1)))


@built_in("overlaps before(range1: range, range2: range)")
def overlaps_before(range1: Range, range2: Range) -> bool | None:
    """The first starts before the second and ends within it."""
    starts_sooner = _either(
        less(range1.start, range2.start),
        _both(range1.start_included, not range2.start_included, equal(range1.start, range2.start)),
    )
    return _both(starts_sooner, negation(_ends_before_start(range1, range2)), _ends_no_sooner(range2, range1))


@built_in("overlaps after(range1: range, range2: range)")
def overlaps_after(range1: Range, range2: Range) -> bool | None:
    """The second overlaps before the first."""
    return overlaps_before(range2, range1)


@built_in("finishes(point: Any, range: range)", "finishes(range1: Any, range2: range)")
def finishes(one: Value, other: Range) -> bool | None:
    """The first ends with the second, and starts no sooner."""
    if not isinstance(one, Range):
        return _both(other.end_included, equal(one, other.end))
    return _both(one.end_included == other.end_included, equal(one.end, other.end), _starts_no_later(other, one))


@built_in("finished by(range: range, point: Any)", "finished by(range1: range, range2: Any)")
def finished_by(one: Range, other: Value) -> bool | None:
    """The second finishes the first."""
    return finishes(other, one)


@built_in("includes(range: range, point: Any)", "includes(range1: range, range2: Any)")
def includes(one: Range, other: Value) -> bool | None:
    """The second lies within the first."""
    if not isinstance(other, Range):
        return in_range(other, one)
    return _both(_starts_no_later(one, other), _ends_no_sooner(one, other))


@built_in("during(point: Any, range: range)", "during(range1: Any, range2: range)")
def during(one: Value, other: Range) -> bool | None:
    """The first lies within the second."""
    return includes(other, one)


@built_in("starts(point: Any, range: range)", "starts(range1: Any, range2: range)")
def starts(one: Value, other: Range) -> bool | None:
    """The first starts with the second, and ends no later."""
    if not isinstance(one, Range):
        return _both(other.start_included, equal(one, other.start))
    return _both(one.start_included == other.start_included, equal(one.start, other.start), _ends_no_sooner(other, one))


@built_in("started by(range: range, point: Any)", "started by(range1: range, range2: Any)")
def started_by(one: Range, other: Value) -> bool | None:
    """The second starts the first."""
    return starts(other, one)


@built_in(
    "coincides(point1: Any, point2: Any)",
    "coincides(range1: Any, range2: Any)",
)
def coincides(one: Value, other: Value) -> bool | None:
    """They are the same point or range."""
    return equal(one, other)


@built_in("range(from: string)")
def range_from(from_: str) -> Range | None:
    """The range that a text spells; its ends are literals, and the start does not come after the end."""
    from ..expression import constant_range

    found = constant_range(from_)
    if found is None or (found.start is None and found.end is None):
        return null("conversion", "文本不是区间", "the text is no range")
    if found.start is not None and found.end is not None and order(found.start, found.end) == 1:
        return null("conversion", "区间起点大于终点", "the range starts after its end")
    return found

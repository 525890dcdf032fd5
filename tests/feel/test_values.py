"""Values and types: in from Python, out to JSON, conversion at boundaries, and the public ways to evaluate."""

from __future__ import annotations

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from zaizao import feel
from zaizao.feel import Date, DateTime, DaysTime, Parameter, Time, YearsMonths

_AT = DateTime(Date(2026, 11, 21), Time(10, 15, 30))


@pytest.mark.parametrize(
    ("python", "value"),
    [
        (1, Decimal(1)),
        (0.1, Decimal("0.1")),
        (float("nan"), None),
        (Decimal("1e7000"), None),
        ((1, "a"), [Decimal(1), "a"]),
        ({"a": [True]}, {"a": [True]}),
        (datetime.date(2020, 2, 29), Date(2020, 2, 29)),
        (datetime.time(1, 2, 3, 4), Time(1, 2, 3, 4000)),
        (datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), DateTime(Date(2020, 1, 1), Time(0, 0, 0, 0, 0))),
        (
            datetime.datetime(2020, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")),
            DateTime(Date(2020, 1, 1), Time(0, 0, 0, 0, "Asia/Shanghai")),
        ),
        (datetime.timedelta(days=-1, seconds=1), DaysTime(-86_399 * 10**9)),
        (_AT, _AT),
    ],
)
def test_python_objects_become_values(python: object, value: object) -> None:
    found = feel.to_feel(python)
    assert found == value and type(found) is type(value)


def test_what_feel_has_no_value_for_is_refused() -> None:
    with pytest.raises(TypeError):
        feel.to_feel(object())


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Decimal("3.00"), 3),
        (Decimal("0.1"), 0.1),
        (Decimal("0.1234567890123456789"), Decimal("0.1234567890123456789")),
        ([None, True, "x"], [None, True, "x"]),
        ({"a": Date(2020, 1, 2)}, {"a": "2020-01-02"}),
        (_AT, "2026-11-21T10:15:30"),
        (YearsMonths(14), "P1Y2M"),
        (feel.Range(Decimal(1), Decimal(2), False, True), "(1..2]"),
    ],
)
def test_values_become_json(value: object, json: object) -> None:
    found = feel.from_feel(value)
    assert found == json and type(found) is type(json)


_dates = st.builds(Date, st.integers(-999_999_999, 999_999_999), st.integers(1, 12), st.integers(1, 28))
_zones = st.one_of(
    st.none(), st.integers(-18 * 3600, 18 * 3600), st.sampled_from(["Asia/Shanghai", "Europe/Paris", "Etc/UTC"])
)
_times = st.builds(
    Time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999_999), _zones
)


@given(
    st.one_of(
        _dates,
        _times,
        st.builds(DateTime, _dates, _times),
        st.builds(DaysTime, st.integers()),
        st.builds(YearsMonths, st.integers()),
    )
)
def test_temporal_text_reads_back_as_the_same_value(value: object) -> None:
    if isinstance(value, DaysTime) and abs(value.nanoseconds) > 10**26:
        return
    if isinstance(value, YearsMonths) and abs(value.months) > 10**15:
        return
    text = feel.string_of(value)
    assert text is not None
    assert feel.compile(f'@"{text}"').evaluate() == value


@given(st.builds(DateTime, _dates, _times), st.integers(-(10**17), 10**17))
def test_a_moment_moved_there_and_back_is_the_same_instant(moment: DateTime, nanos: int) -> None:
    there = feel.compile("a + d").evaluate({"a": moment, "d": DaysTime(nanos)})
    if there is not None:
        assert feel.compile("b - a = d and b - d = a").evaluate({"a": moment, "b": there, "d": DaysTime(nanos)}) is True


@given(st.dates(), st.integers(-2000, 2000))
def test_dates_agree_with_the_standard_library(day: datetime.date, days: int) -> None:
    context = {"d": feel.to_feel(day), "n": DaysTime(days * 86_400 * 10**9)}
    try:
        expected = day + datetime.timedelta(days=days)
    except OverflowError:
        return
    assert feel.compile("d + n").evaluate(context) == feel.to_feel(expected)
    week = feel.compile("[week of year(d), d.weekday, day of year(d)]").evaluate(context)
    assert week == [day.isocalendar().week, day.isoweekday(), day.timetuple().tm_yday]


@pytest.mark.parametrize(
    ("value", "type", "found"),
    [
        ('"1"', "number", "null"),
        ("[1]", "number", "1"),
        ('["a"]', "number", "null"),
        ("1", "list<number>", "[1]"),
        ("[1, 2]", "number", "null"),
        ('[1, "a"]', "list<number>", "null"),
        ('@"2020-01-01"', "date and time", '@"2020-01-01T00:00:00Z"'),
        ("{a: 1, b: 2}", "context<a: number>", "{a: 1, b: 2}"),
        ("{b: 2}", "context<a: number>", "null"),
        ("null", "list<number>", "null"),
    ],
)
def test_a_value_is_converted_at_a_boundary_or_becomes_null(value: str, type: str, found: str) -> None:
    expected = feel.compile(found).evaluate()
    assert feel.coerce(feel.compile(value).evaluate(), feel.read_type(type)) == expected


def test_types_read_and_spell_alike() -> None:
    for text in (
        "list<number>",
        "context<a: list<string>, b c: date>",
        "range<date and time>",
        "function<number, Any>->string",
    ):
        assert feel.spell(feel.read_type(text)) == text


def test_an_expression_is_evaluated_from_a_context_or_by_position() -> None:
    compiled = feel.compile("if a > limit value then b else c", names=["limit value"])
    context = {"a": Decimal(2), "limit value": Decimal(1), "b": "yes", "c": "no"}
    assert compiled.names == {"a", "b", "c", "limit value"}
    assert compiled.evaluate(context) == "yes"
    assert compiled.function(["b", "a", "limit value"])("yes", Decimal(2), Decimal(1)) == "yes"
    assert compiled.function(["b", "a", "limit value", "unused"])("yes", Decimal(0), Decimal(1), 7) is None


def test_guessed_kinds_fall_back_when_they_do_not_hold() -> None:
    compiled = feel.compile("if a * b > 10 then a + b else c.d - 1")
    assert compiled.evaluate({"a": Decimal(5), "b": Decimal(3), "c": None}) == 8
    day = DaysTime(86_400 * 10**9)
    assert compiled.evaluate({"a": day, "b": Decimal(3), "c": {"d": Decimal(1)}}) == 0
    assert feel.compile("a + b").evaluate({"a": "x", "b": "y"}) == "xy"
    assert feel.compile("a / b + c").evaluate({"a": Decimal(1), "b": Decimal(0), "c": Decimal(1)}) is None


def test_the_clock_is_given_and_missing_clock_is_null() -> None:
    clock = lambda: _AT  # noqa: E731
    assert feel.compile("now()").evaluate(clock=clock) == _AT
    assert feel.compile('today() + duration("P1D")').evaluate(clock=clock) == Date(2026, 11, 22)
    assert feel.compile("now()").evaluate() is None
    with feel.evaluation(clock=clock):
        assert feel.compile("today()").evaluate() == _AT.date


def test_unary_tests_match_and_show_their_constants() -> None:
    tests = feel.compile_unary("[1..5), > 10, 7")
    assert [tests.matches(Decimal(n)) for n in (1, 5, 7, 11)] == [True, False, True, True]
    assert tests.matches(None) is None
    assert tests.constants is not None and len(tests.constants) == 3 and not tests.negated
    assert feel.compile_unary('not("a", "b")').matches("c") is True
    assert feel.compile_unary('not("a", "b")').negated
    assert feel.compile_unary("-").anything and feel.compile_unary("-").matches(None) is True
    assert feel.compile_unary("? > limit").matches(Decimal(5), {"limit": Decimal(3)}) is True
    assert feel.compile_unary("? > limit").constants is None
    assert feel.compile_unary('contains(?, "x")').function()("axb") is True
    assert feel.compile_unary("list").matches(Decimal(2), {"list": [Decimal(1), Decimal(2)]}) is True
    assert feel.compile_unary("null").matches(None) is True
    assert feel.compile_unary('date("2020-01-01")').constants == (Date(2020, 1, 1),)


def test_python_functions_stand_in_as_values() -> None:
    double = feel.Function((Parameter("n", feel.read_type("number")),), lambda n: n * 2, "double")
    assert feel.compile("double(21)").evaluate({"double": double}) == 42
    assert feel.compile("double(n: [21])").evaluate({"double": double}) == 42
    assert feel.compile('double("a")').evaluate({"double": double}) is None
    assert feel.compile("(for i in 1..2 return double(i))[2]").evaluate({"double": double}) == 4


def test_a_variable_named_like_a_built_in_is_found_undeclared_unless_it_is_called() -> None:
    compiled = feel.compile("if count > 1 then date else abs(min)")
    assert compiled.evaluate({"count": Decimal(2), "date": "today", "min": Decimal(-1)}) == "today"
    assert compiled.evaluate({"count": Decimal(0), "date": "today", "min": Decimal(-1)}) == 1
    assert compiled.names == frozenset()
    assert feel.compile("sort([2, 1], less)[1] + (function(f) f(4))(sqrt)").evaluate() is None
    assert feel.compile("(function(f) f(4))(sqrt)").function([])() == 2
    assert feel.compile("count([1, 2])").evaluate({"count": Decimal(9)}) == 2
    assert feel.compile("count", names=["count"]).evaluate({"count": Decimal(9)}) == 9
    assert feel.compile("x[count(item) = 1]").evaluate({"count": Decimal(9), "x": [["a"], []]}) == [["a"]]
    assert feel.compile("abs = null", names=["abs"]).evaluate({}) is True
    assert feel.compile("abs + 1", names=["abs"]).evaluate({}) is None

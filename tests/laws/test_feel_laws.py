"""Laws of FEEL: writing and parsing are inverse, compiled code means what the plain interpreter means."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from feel.reference import Scope, interpret
from zaizao import feel
from zaizao.feel import nodes, types
from zaizao.feel.expression import Expression
from zaizao.feel.parser import parse
from zaizao.feel.printer import write
from zaizao.feel.scope import Names

_NAMES = ("a", "b", "loan amount", "x-y", "s", "flag", "days", "list", "deep")
_SCOPE = Names.of(_NAMES, ("first name", "b"))

_numbers = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1000, max_value=1000)
_texts = st.text('ab"\\\n银', max_size=4)
_values = st.one_of(
    st.none(),
    st.booleans(),
    _numbers,
    _texts,
    st.builds(feel.Date, st.integers(1990, 2030), st.integers(1, 12), st.integers(1, 28)),
    st.builds(
        feel.Time,
        st.integers(0, 23),
        st.integers(0, 59),
        st.integers(0, 59),
        st.just(0),
        st.sampled_from([None, 0, 3600]),
    ),
    st.builds(feel.DaysTime, st.integers(-(10**15), 10**15)),
    st.builds(feel.YearsMonths, st.integers(-50, 50)),
)


def _negative_zero_free(value: Any) -> Any:
    return abs(value) if isinstance(value, Decimal) and not value else value


_leaves = st.one_of(
    st.builds(nodes.Literal, _values.map(_negative_zero_free)),
    st.builds(nodes.Name, st.sampled_from([*_NAMES, "item", "partial"])),
)


def _negated(operand: Any) -> Any:
    plain = isinstance(operand, nodes.Literal) and isinstance(operand.value, Decimal) and operand.value > 0
    return nodes.Literal(-operand.value) if plain else nodes.Negation(operand)


def _logic(operator: str, operands: list[Any]) -> Any:
    flat: list[Any] = []
    first, *rest = operands
    # Only the first operand of the same operator melts into its neighbours when it is read back.
    flat += first.operands if isinstance(first, nodes.Logic) and first.operator == operator else [first]
    return nodes.Logic(operator, (*flat, *rest))


def _iterator(name: str, domain: Any) -> Any:
    return nodes.Iterator(name, domain)


def _grown(inner: Any) -> Any:
    pairs = st.lists(inner, min_size=1, max_size=3).map(tuple)
    iterators = st.lists(st.builds(_iterator, st.sampled_from(["i", "j", "the item"]), inner), min_size=1, max_size=2)
    ranges = st.builds(nodes.Interval, inner, inner, st.booleans(), st.booleans())
    bounds = st.builds(nodes.Bound, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), inner)
    calls = st.sampled_from(
        [
            "count",
            "sum",
            "string",
            "abs",
            "floor",
            "not",
            "list contains",
            "substring",
            "min",
            "append",
            "string length",
            "is",
        ]
    )
    keys = st.sampled_from(["a", "b", "first name", "x-y"])
    return st.one_of(
        st.builds(nodes.Binary, st.sampled_from(["+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(nodes.Binary, st.sampled_from(["+", "*", "<", "="]), inner, inner),
        st.builds(_logic, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(nodes.If, inner, inner, inner),
        st.builds(_negated, inner),
        st.builds(nodes.Between, inner, inner, inner),
        st.builds(nodes.In, inner, st.lists(inner | bounds | ranges, min_size=1, max_size=2).map(tuple)),
        st.builds(nodes.ListOf, pairs),
        st.builds(lambda found: nodes.ContextOf(tuple(found.items())), st.dictionaries(keys, inner, max_size=2)),
        ranges,
        st.builds(nodes.Filter, inner, inner),
        st.builds(nodes.Path, inner, st.sampled_from(["a", "first name", "b", "year", "start included"])),
        st.builds(nodes.For, iterators.map(tuple), inner),
        st.builds(nodes.Quantified, st.sampled_from(["some", "every"]), iterators.map(tuple), inner),
        st.builds(lambda name, arguments: nodes.Call(nodes.Name(name), arguments), calls, pairs),
        st.builds(lambda body, argument: nodes.Call(nodes.Definition((("p", None),), body), (argument,)), inner, inner),
        st.builds(
            nodes.InstanceOf, inner, st.sampled_from([types.NUMBER, types.ANY_LIST, types.ListType(types.STRING)])
        ),
    )


_trees = st.recursive(_leaves, _grown, max_leaves=12)
_contexts = st.fixed_dictionaries(
    {
        "a": _numbers | _values,
        "b": _numbers | _values,
        "loan amount": _numbers,
        "x-y": _numbers | _values,
        "s": _texts | _values,
        "flag": st.booleans() | _values,
        "days": _values,
        "list": st.lists(
            _numbers | st.dictionaries(st.sampled_from(["a", "first name"]), _values, max_size=2), max_size=3
        ),
        "deep": st.fixed_dictionaries({"a": _numbers | _values, "first name": _values}),
    }
)


def _plain(value: Any) -> Any:
    """A value in which functions count by their parameters and numbers by figure and scale."""
    if isinstance(value, feel.Function):
        return ("function", tuple(parameter.name for parameter in value.parameters))
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, feel.Range):
        return (
            "range",
            _plain(value.start),
            _plain(value.end),
            value.start_included,
            value.end_included,
            value.operator,
        )
    return (type(value).__name__, str(value) if isinstance(value, Decimal) else value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_trees)
def test_what_is_written_parses_to_the_same_tree(tree: Any) -> None:
    assert parse(write(tree), _SCOPE) == tree


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_trees, _contexts)
def test_compiled_code_means_what_the_interpreter_means(tree: Any, context: dict[str, Any]) -> None:
    compiled = Expression("", tree, _SCOPE)
    with feel.evaluation():
        expected = _plain(interpret(tree, Scope(context)))
    assert _plain(compiled.evaluate(context)) == expected
    assert _plain(compiled.function(_NAMES)(*(context[name] for name in _NAMES))) == expected

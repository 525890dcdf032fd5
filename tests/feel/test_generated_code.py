"""Generated code reaches nothing but its own world, and means the same however it is entered."""

from __future__ import annotations

import builtins
from decimal import Decimal

import pytest

from zaizao import feel
from zaizao.feel.world import WORLD


@pytest.mark.parametrize(
    "text",
    [
        "__import__",
        '__import__("os")',
        'eval("1")',
        "open",
        "type(1)",
        "itself",
        "STATE",
        "v0 + k1 + t2",
        "x.__class__",
        "x.__class__.__mro__",
        "{__builtins__: 1}.__class__",
        "getcontext()",
        '"{0.__class__}".format',
    ],
)
def test_names_of_python_and_of_the_compiler_mean_nothing_in_feel(text: str) -> None:
    assert feel.compile(text).evaluate({"x": "text"}) is None


def test_the_world_of_generated_code_has_no_way_out() -> None:
    assert WORLD["__builtins__"] == {}
    dangerous = {
        getattr(builtins, name) for name in ("eval", "exec", "open", "compile", "__import__", "getattr", "setattr")
    }
    assert not any(value in dangerous for value in WORLD.values() if callable(value))


def test_text_of_the_model_stands_in_constants_only() -> None:
    text = 'if evil name > 1 then {evil key: "evil text"}.evil key else for evil item in [1] return evil item'
    code = feel.compile(text, names=["evil name"]).function(["evil name"]).__code__
    names = [*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars]
    assert names and not any("evil" in name for name in names)


def test_a_function_works_inside_and_outside_an_evaluation_alike() -> None:
    for text in ("a / 3", "sum(for i in 1..3 return i / a)", "a > 1", "abs(a) / 7"):
        compiled = feel.compile(text)
        function = compiled.function(["a"])
        outside = (compiled.evaluate({"a": Decimal(3)}), function(Decimal(3)))
        with feel.evaluation():
            inside = (compiled.evaluate({"a": Decimal(3)}), function(Decimal(3)))
        with feel.batch():
            assert outside == inside == (compiled.evaluate({"a": Decimal(3)}), function(Decimal(3)))
        assert len(set(outside)) == 1 and outside[0] is not None


def test_five_hundred_operators_and_a_hundred_levels_make_code() -> None:
    assert feel.compile("+".join(["1"] * 500)).evaluate() == 500
    assert feel.compile(" and ".join(["true"] * 5000)).evaluate() is True
    assert feel.compile("(" * 95 + "1" + ")" * 95).evaluate() == 1
    assert feel.compile("if a = 1 then 1 else " * 90 + "2").evaluate({"a": Decimal(3)}) == 2
    assert feel.compile("+".join(["a"] * 500)).evaluate({"a": Decimal(2)}) == 1000
    assert feel.compile("+".join(["a"] * 500)).evaluate({"a": "x"}) == "x" * 500

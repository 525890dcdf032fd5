"""FEEL numbers are decimal128: 34 digits, half to even, no infinity, whatever decimal context the caller works in."""

from __future__ import annotations

import decimal
import threading
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from zaizao import feel

_wide = st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e30", max_value="1e30")


def _half_even(exact: Fraction) -> Decimal:
    """``exact`` rounded to 34 significant digits, halves to even, by integer arithmetic alone."""
    if not exact:
        return Decimal(0)
    sign, exact = (-1, -exact) if exact < 0 else (1, exact)
    exponent = len(str(exact.numerator)) - len(str(exact.denominator)) - 34
    while exact / Fraction(10) ** exponent >= 10**34:
        exponent += 1
    while exact / Fraction(10) ** exponent < 10**33:
        exponent -= 1
    scaled = exact / Fraction(10) ** exponent
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    whole += twice > 0 or (twice == 0 and whole % 2)
    with decimal.localcontext() as context:
        context.prec = 80
        return sign * Decimal(whole).scaleb(exponent)


def _rounded(value: Decimal) -> Decimal:
    return feel.to_feel(value)


@given(_wide, _wide, st.sampled_from("+-*/"))
def test_the_four_operations_are_exact_and_then_rounded_once(left: Decimal, right: Decimal, operator: str) -> None:
    left, right = _rounded(left), _rounded(right)
    found = feel.compile(f"a {operator} b").evaluate({"a": left, "b": right})
    if operator == "/" and not right:
        assert found is None
        return
    one, other = Fraction(left), Fraction(right)
    exact = {"+": one + other, "-": one - other, "*": one * other, "/": one / other if other else one}[operator]
    assert found == _half_even(exact)


def test_the_callers_decimal_context_neither_matters_nor_changes() -> None:
    context = decimal.Context(prec=5, rounding=decimal.ROUND_DOWN, traps=[])
    decimal.setcontext(context)
    try:
        assert feel.compile("1 / 3").evaluate() == Decimal("0.3333333333333333333333333333333333")
        assert feel.compile("a / 3").function(["a"])(Decimal(2)) == Decimal("0.6666666666666666666666666666666667")
        numbers = {"a": [Decimal("1.2345678"), Decimal(1)]}
        assert feel.compile("sum(a)").evaluate(numbers) == Decimal("2.2345678")
        assert decimal.getcontext() is context
        assert feel.compile("1 / 0").evaluate() is None
        assert decimal.getcontext() is context
    finally:
        decimal.setcontext(decimal.Context())


def test_threads_do_not_disturb_each_other() -> None:
    compiled = feel.compile("for i in 1..200 return 1 / i")
    expected = compiled.evaluate()
    found: list[object] = []

    def work() -> None:
        found.extend(compiled.evaluate() for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 80


@pytest.mark.parametrize(
    "text", ["9e6144 * 10", "1e6144 + 9e6144", "10 ** 7000", "0 ** -1", "0 / 0", "exp(20000)", "-9e6144 - 9e6144"]
)
def test_what_decimal128_cannot_hold_is_null(text: str) -> None:
    assert feel.compile(text).evaluate() is None


@given(_wide, st.integers(-40, 40))
def test_rounding_functions_agree_with_exact_arithmetic(value: Decimal, scale: int) -> None:
    value = _rounded(value)
    unit = Fraction(10) ** -scale
    down, up = (
        feel.compile(f"{name}(n, s)").evaluate({"n": value, "s": Decimal(scale)}) for name in ("floor", "ceiling")
    )
    whole = Fraction(value) / unit
    assert Fraction(down) == (whole.numerator // whole.denominator) * unit
    assert Fraction(up) == -(-whole.numerator // whole.denominator) * unit


@given(_wide, _wide.filter(bool))
def test_modulo_has_the_sign_of_the_divisor(dividend: Decimal, divisor: Decimal) -> None:
    dividend, divisor = _rounded(dividend), _rounded(divisor)
    found = feel.compile("modulo(a, b)").evaluate({"a": dividend, "b": divisor})
    exact = Fraction(dividend) % Fraction(divisor)
    assert found == _half_even(exact)

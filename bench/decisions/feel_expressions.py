"""FEEL expressions: our rates and, in the same run, those of zen-engine and pySFeel where they can be imported.

    PYTHONPATH=src python bench/decisions/feel_expressions.py

Rates are per CPU second on one core, the best of five. zen-engine (``pip install zen-engine``) gets the expression in
its own spelling; pySFeel (``pip install pySFeel``) knows no ``if``, so it gets the arithmetic alone and parses it anew
each time, as its interface has it. Answers are compared before anything is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from zaizao import feel

try:
    import zen
except ImportError:
    zen = None
try:
    import pySFeel
except ImportError:
    pySFeel = None  # noqa: N816

LOAN = "if amount>1000 and rate*amount/12 < income*0.35 then amount*rate+fee else 0"
LOAN_ZEN = "amount>1000 and rate*amount/12 < income*0.35 ? amount*rate+fee : 0"
ARITHMETIC = "amount*rate+fee"
NAMES = ("amount", "rate", "income", "fee")
PLAIN = {"amount": 150000, "rate": 0.0485, "income": 9000, "fee": 25}
OTHERS = {
    "path": ("loan.amount * loan.rate + 1", {"loan": {"amount": 150000, "rate": 0.0485}}),
    "string": ('if region = "north" then upper case(name) else name', {"region": "north", "name": "abc"}),
    "dates": ('day + duration("P1M") < date("2027-01-01")', {"day": feel.Date(2026, 11, 21)}),
    "filter": ("items[price > 10].price", {"items": [{"price": price} for price in range(20)]}),
    "loop": ("sum(for i in 1..100 return i * i)", {}),
    "nulls": ("a * b + c > 0 or flag", {"a": None, "b": 1, "c": 2, "flag": None}),
}


def rate(run: Callable[[int], object], count: int) -> float:
    """How often a second ``run(count)`` does its work ``count`` times."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        run(count)
        best = min(best, time.process_time() - started)
    return count / best


def _repeat(work: Callable[[], object]) -> Callable[[int], None]:
    def run(count: int) -> None:
        for _ in range(count):
            work()

    return run


def ours() -> dict[str, float]:
    """Our rates by what is measured."""
    context = feel.to_feel(PLAIN)
    scope = feel.scope(NAMES)
    compiled = feel.compile(LOAN, names=scope)
    function = compiled.function(NAMES)
    amount, interest, income, fee = context.values()
    assert compiled.evaluate(context) == function(amount, interest, income, fee) == Decimal("7300")

    def by_position(count: int) -> None:
        for _ in range(count):
            function(amount, interest, income, fee)

    def from_context(count: int) -> None:
        evaluate = compiled.evaluate
        for _ in range(count):
            evaluate(context)

    found = {"loan, by position": rate(by_position, 300_000), "loan, from a context": rate(from_context, 300_000)}
    with feel.batch():
        found["loan, by position, inside batch()"] = rate(by_position, 300_000)
    found["parse the loan expression"] = rate(_repeat(lambda: feel.compile(LOAN, names=scope)), 5_000)
    found["parse a cell"] = rate(_repeat(lambda: feel.compile_unary("[1000..2000)", names=scope)), 5_000)
    found["parse and make code"] = rate(_repeat(lambda: feel.compile(LOAN, names=scope).function(NAMES)), 500)
    for name, (text, variables) in OTHERS.items():
        other, values = feel.compile(text), feel.to_feel(variables)
        found[f"{name}: {text}"] = rate(_repeat(lambda other=other, values=values: other.evaluate(values)), 20_000)
    return found


def theirs() -> dict[str, float]:
    """The rates of the others, as far as they are here."""
    found = {}
    if zen is not None:
        expression = zen.compile_expression(LOAN_ZEN)
        assert expression.evaluate(PLAIN) == 7300
        found["zen-engine: loan, from a context"] = rate(_repeat(lambda: expression.evaluate(PLAIN)), 20_000)
        found["zen-engine: compile the loan expression"] = rate(
            _repeat(lambda: zen.compile_expression(LOAN_ZEN)), 5_000
        )
    if pySFeel is not None:
        parser = pySFeel.SFeelParser()
        for name, value in PLAIN.items():
            parser.sFeelParse(f"{name} <- {value}")
        if parser.sFeelParse(ARITHMETIC)[1] == 7300:
            found[f"pySFeel: {ARITHMETIC}"] = rate(_repeat(lambda: parser.sFeelParse(ARITHMETIC)), 200)
    return found


def main() -> None:
    """Print the rates and the ratios."""
    mine, others = ours(), theirs()
    for name, figure in {**mine, **others}.items():
        print(f"{figure:14,.0f} /s  {name}")
    reference = mine["loan, from a context"]
    for name, figure in others.items():
        if "compile" not in name:
            print(f"{reference / figure:14,.1f} ×   loan from a context against {name}")


if __name__ == "__main__":
    main()

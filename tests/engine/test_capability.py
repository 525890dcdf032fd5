"""Capabilities: typed in, typed out, declared errors; and the contract that finds those that break it."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from server import capabilities as bank
from zaizao.engine import (
    Done,
    EngineError,
    Example,
    Failed,
    JobCall,
    Threw,
    capability,
    capability_of,
    check_capability,
)


def run(function: Any, **variables: Any) -> Any:
    return capability_of(function).run(JobCall(7, "t", "7"), variables)


def test_variables_become_the_function_s_types_and_its_answer_becomes_json() -> None:
    assert run(bank.score, name="Ann", income=40_000, other="ignored") == Done({"score": 700, "grade": "A"})
    assert run(bank.book, account="1", amount=Decimal("12.50")) == Done({"booked": Decimal("12.50"), "note": ""})
    assert bank.LEDGER.pop("7") == Decimal("12.50")
    assert run(bank.pay, amount=5) == Done({"amount": 5, "currency": "CNY"})


@pytest.mark.parametrize(
    ("function", "variables", "words"),
    [
        (bank.score, {"name": "Ann"}, "income: required"),
        (bank.score, {"name": 5, "income": 1}, "name: Expected `str`, got `int`"),
        (bank.book, {"account": "1", "amount": [1]}, "amount: Expected `decimal`, got `array`"),
        (bank.pay, {"amount": -5}, "amount"),
    ],
)
def test_wrong_input_fails_without_a_retry_and_names_the_field(function: Any, variables: Any, words: str) -> None:
    outcome = run(function, **variables)
    assert isinstance(outcome, Failed) and not outcome.again
    assert words in outcome.message


def test_declared_errors_are_thrown_and_everything_else_fails() -> None:
    threw = run(bank.score, name="Ann", income=0)
    assert threw == Threw("NO_INCOME", "Ann has no income", {"asked": "Ann"})
    asleep = run(bank.broken, how="raise")
    assert asleep == Failed("break: RuntimeError: the mainframe is asleep", again=True)
    for how, words in (("undeclared", "does not declare"), ("unfit", "not signed"), ("object", "does not declare")):
        outcome = run(bank.broken, how=how)
        assert isinstance(outcome, Failed) and not outcome.again and words in outcome.message, how


def test_the_manifest_says_what_goes_in_and_out() -> None:
    manifest = capability_of(bank.score).manifest
    assert (manifest.title_en, manifest.errors, manifest.cost) == ("Credit score", ("NO_INCOME",), 12)
    applicant = manifest.input["$defs"]["Applicant"]
    assert applicant["required"] == ["name", "income"]
    assert set(manifest.output["$defs"]["Score"]["properties"]) == {"score", "grade"}
    assert set(capability_of(bank.book).manifest.input["$defs"]["Input"]["properties"]) == {"account", "amount", "note"}


def test_a_signature_that_says_too_little_is_refused_at_once() -> None:
    with pytest.raises(EngineError, match="has no type"):

        @capability("x")
        def untyped(a):  # type: ignore[no-untyped-def]
            return a

    with pytest.raises(EngineError, match="job type"):
        capability("two words")(lambda: None)
    with pytest.raises(EngineError, match="no capability"):
        capability_of(print)


def test_good_capabilities_keep_the_contract() -> None:
    applicant = {"name": "Ann", "income": 40_000}
    examples = [
        Example(applicant, gives={"score": 700, "grade": "A"}),
        Example({**applicant, "income": 0}, throws="NO_INCOME"),
    ]
    assert check_capability(bank.score, examples) == []
    booking = [Example({"account": "1", "amount": 5}), Example({"account": "X1", "amount": 5}, throws="FROZEN")]
    assert check_capability(bank.book, booking, effects=lambda: sorted(bank.LEDGER.items())) == []


def test_each_breach_of_the_contract_is_found() -> None:
    counter = itertools.count()
    effects: list[int] = []

    @capability("counting")
    def counting(n: int) -> dict[str, int]:
        return {"n": next(counter)}

    @capability("doubling")
    def doubling(n: int) -> dict[str, int]:
        effects.append(n)
        return {"n": n}

    @capability("lax")
    def lax(n: Any) -> dict[str, Any]:
        return {"n": 1}

    @capability("late", timeout_seconds=0)
    def late(n: int) -> dict[str, int]:
        return {"n": n}

    def found(function: Any, *examples: Example, **more: Any) -> str:
        return " | ".join(each.what.en for each in check_capability(function, examples, **more))

    one = Example({"n": 1})
    assert "a repeat with the same idempotency key gave" in found(counting, one)
    assert "second effect" in found(doubling, one, effects=lambda: len(effects))
    assert "no wrong value of 'n' is refused" in found(lax, one)
    assert "its deadline is 0 s" in found(late, one)
    assert "expected {'n': 2}" in found(late, Example({"n": 1}, gives={"n": 2}))
    assert "JSON has no number nan" in found(bank.broken, Example({"how": "nan"}))
    assert "failed" in found(bank.broken, Example({"how": "undeclared"}))
    assert "there is no example" in found(late)

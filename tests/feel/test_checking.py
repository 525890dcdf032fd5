"""Checking: problems are values, they name the place, and hostile text neither crashes nor hangs the room."""

from __future__ import annotations

import random
import time

import pytest

from zaizao import feel
from zaizao.problems import Problem


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "feel.syntax", 1),
        ("1 +", "feel.syntax", 4),
        ("if a then b", "feel.syntax", 12),
        ("(1", "feel.syntax", 3),
        ('"open', "feel.syntax", 1),
        ("a ; b", "feel.syntax", 3),
        ("1e99999", "feel.number", 1),
        ("x instance of nonsense", "feel.unknown-type", 15),
    ],
)
def test_what_does_not_parse_is_one_error_at_its_place(text: str, code: str, place: int) -> None:
    (problem,) = feel.check(text)
    assert (problem.code, problem.severity) == (code, "error")
    assert problem.where.endswith(f", {place}")
    assert problem.what.zh and problem.what.en and problem.remedy.zh and problem.remedy.en


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("amount + rate", []),
        ("amount + unknwon", ["feel.unknown-name"]),
        ("for x in list return x + y", ["feel.unknown-name", "feel.unknown-name"]),
        ('@"2020-13-01"', ["feel.temporal-literal"]),
        ('date("2020-13-01")', ["feel.always-null"]),
        ('1 + "a"', ["feel.always-null"]),
        ("abs(1, 2)", ["feel.arguments"]),
        ("abs(number: 1)", ["feel.arguments"]),
        ("{a: 1, a: 2}", ["feel.duplicate-key"]),
        ('matches(name, "[a-")', ["feel.unknown-name", "feel.always-null"]),
        ("substring(rate, 1)", []),
    ],
)
def test_what_can_only_be_null_or_is_unknown_is_warned_of(text: str, codes: list[str]) -> None:
    problems = feel.check(text, names=["amount", "rate"])
    assert [problem.code for problem in problems] == codes
    assert all(problem.severity == "warning" for problem in problems)


def test_without_names_nothing_is_unknown() -> None:
    assert feel.check("a + b c") == []
    assert feel.check_unary("> x, [1..2], not a test") == []
    assert [problem.code for problem in feel.check_unary("< ")] == ["feel.syntax"]


HOSTILE = {
    "parentheses": "(" * 50_000,
    "lists": "[" * 50_000,
    "signs": "-" * 50_000 + "1",
    "contexts": "{a:" * 50_000,
    "paths": "a" + ".b" * 100_000,
    "filters": "a" + "[1]" * 100_000,
    "sums": "1" + "+1" * 100_000,
    "conditions": "if a then " * 50_000,
    "in": "1 in (" * 50_000,
    "types": "1 instance of " + "list<" * 50_000,
    "words": "a b " * 100_000,
    "open comment": "/*" * 100_000,
    "blanks": " " * 400_000 + "!",
    "ten megabytes": "x" * 10_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_or_read_in_little_time(name: str) -> None:
    start = time.process_time()
    problems = feel.check(HOSTILE[name])
    assert time.process_time() - start < 5
    assert all(problem.code.startswith("feel.") for problem in problems)
    assert problems or name == "words"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("for i in 1..1000000000 return i", "feel.steps"),
        ("for i in 1..2000, j in 1..2000 return i", "feel.steps"),
        ("{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(60)}.r", "feel.steps"),
        ("{f: function(n) f(n + 1), r: f(1)}.r", "feel.recursion"),
        ('(for i in 1..60 return if i = 1 then "aaaa" else partial[-1] + partial[-1])[60]', "feel.text-length"),
        ("1 / 0", "feel.arithmetic"),
        ("1 + null", "feel.operand-null"),
        ('duration("P999999999999999999D") * 1e6000', "feel.date-range"),
        ("missing + 1", "feel.unbound"),
    ],
)
def test_what_would_not_end_or_fit_is_null_with_its_reason(text: str, code: str) -> None:
    reasons: list[Problem] = []
    compiled = feel.compile(text)
    assert compiled.evaluate(reasons=reasons, steps=100_000) is None
    assert code in [reason.code for reason in reasons]


def test_each_evaluation_of_a_batch_has_steps_of_its_own() -> None:
    compiled = feel.compile("count(for i in 1..400000 return i)")
    with feel.batch():
        assert [compiled.evaluate() for _ in range(3)] == [400_000] * 3
    with feel.evaluation():
        assert [compiled.evaluate() for _ in range(3)] == [400_000, 400_000, None]


def test_values_that_unfold_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zaizao.feel.session.STEPS", 20_000)
    monkeypatch.setattr("zaizao.feel.convert._MOST_PARTS", 20_000)
    laughs = feel.compile("for i in 1..70 return partial").evaluate()
    assert feel.string_of(laughs) is None
    other = feel.compile("for i in 1..70 return partial").evaluate()
    assert feel.compile("a = b").evaluate({"a": laughs, "b": other}) is None
    assert feel.compile("is(a, b)").evaluate({"a": laughs, "b": other}) is None
    assert feel.compile("a.x").evaluate({"a": laughs}) is None
    assert feel.compile("flatten(a)").evaluate({"a": laughs}) is None
    with pytest.raises(feel.FeelError):
        feel.from_feel(laughs)


_WORDS = (
    "a b 1 2.5 .. . ( ) [ ] { } , : + - * / ** < <= > >= = != and or not if then else for in return some every"
    ' satisfies instance of between function external @ ? "x" "\\" "[a-" item partial null true false list number'
    " date time duration string count sum matches context < > -> // /* */ 银行 😀 ' ; \\ | & % $ \x00 1e5 1e9999"
)


@pytest.mark.parametrize("seed", range(5))
def test_random_text_is_parsed_or_refused_and_evaluates_without_raising(seed: int) -> None:
    source, words = random.Random(seed), _WORDS.split(" ")
    for _ in range(200):
        text = source.choice(("", " ")).join(source.choice(words) for _ in range(source.randint(1, 14)))
        try:
            compiled = feel.compile(text)
        except feel.FeelError as error:
            assert error.problems
            continue
        feel.check(text, names=["a"])
        compiled.evaluate({"a": source.choice([1, None, [1, 2], {"b": 1}])}, steps=10_000)

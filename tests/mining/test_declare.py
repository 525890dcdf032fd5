"""Declarative rules: every template against its definition written the slow way, and rules found on real logs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st

from mining.drawn import SHARED, timed, traces
from zaizao.eventlog import activities, read
from zaizao.mining import Constraint, MiningError, Template, discover_constraints, judge

Definition = Callable[[str], bool | None]
"""Does the line keep the rule of a and b? ``None`` where it does not activate it."""


def followed(line: str, direct: bool = False, alternate: bool = False) -> bool:
    for place, letter in enumerate(line):
        rest = line[place + 1 :]
        if letter != "a":
            continue
        if direct:
            rest = rest[:1]
        elif alternate and "a" in rest:
            rest = rest[: rest.index("a")]
        if "b" not in rest:
            return False
    return True


def mirrored(line: str) -> str:
    return line[::-1].translate(str.maketrans("ab", "ba"))


DEFINITIONS: dict[Template, Definition] = {
    Template.EXISTENCE: lambda s: "a" in s,
    Template.ABSENCE: lambda s: "a" not in s,
    Template.ONCE: lambda s: s.count("a") == 1,
    Template.AT_MOST_ONCE: lambda s: s.count("a") <= 1 if "a" in s else None,
    Template.FIRST: lambda s: s[0] == "a",
    Template.LAST: lambda s: s[-1] == "a",
    Template.RESPONDED_EXISTENCE: lambda s: "b" in s if "a" in s else None,
    Template.COEXISTENCE: lambda s: "a" in s and "b" in s if "a" in s or "b" in s else None,
    Template.RESPONSE: lambda s: followed(s) if "a" in s else None,
    Template.PRECEDENCE: lambda s: followed(mirrored(s)) if "b" in s else None,
    Template.SUCCESSION: lambda s: followed(s) and followed(mirrored(s)) if "a" in s or "b" in s else None,
    Template.ALTERNATE_RESPONSE: lambda s: followed(s, alternate=True) if "a" in s else None,
    Template.ALTERNATE_PRECEDENCE: lambda s: followed(mirrored(s), alternate=True) if "b" in s else None,
    Template.CHAIN_RESPONSE: lambda s: followed(s, direct=True) if "a" in s else None,
    Template.CHAIN_PRECEDENCE: lambda s: followed(mirrored(s), direct=True) if "b" in s else None,
    Template.NOT_COEXISTENCE: lambda s: not ("a" in s and "b" in s) if "a" in s or "b" in s else None,
    Template.NOT_SUCCESSION: lambda s: "b" not in s[s.index("a") :] if "a" in s else (None if "b" not in s else True),
}


@settings(deadline=None)
@given(st.lists(st.text("abc", min_size=1, max_size=7), min_size=1, max_size=12))
def test_every_template_means_what_its_definition_says(lines: list[str]) -> None:
    lines = [*lines, "ab"]
    asked = [Constraint(template, "a", "b") for template in DEFINITIONS]
    for verdict in judge(traces(*lines), asked):
        wanted = [DEFINITIONS[verdict.constraint.template](line) for line in lines]
        assert verdict.activated == sum(answer is not None for answer in wanted), verdict.constraint
        assert verdict.broken.tolist() == [k for k, answer in enumerate(wanted) if answer is False], verdict.constraint


def test_four_eyes_means_two_people() -> None:
    log = traces("ab", "ab", "aba", "ab", resources=[["x", "y"], ["x", "x"], ["y", "x", "x"], ["x", None]])
    (verdict,) = judge(log, [Constraint(Template.FOUR_EYES, "a", "b")])
    assert verdict.activated == 3
    assert verdict.broken.tolist() == [1, 2]


def test_a_time_limit_counts_from_end_to_start() -> None:
    log = timed([
        ("1", "a", 0, 10, None), ("1", "b", 20, 90, None), ("2", "a", 0, 10, None), ("2", "b", 21, 30, None),
        ("3", "a", 0, 10, None),
    ])  # fmt: skip
    (verdict,) = judge(log, [Constraint(Template.WITHIN, "a", "b", seconds=600)])
    assert verdict.activated == 3
    assert verdict.broken.tolist() == [1, 2]
    assert verdict.kept.value == 1 / 3


def test_found_rules_are_the_strong_ones_and_say_who_breaks_them() -> None:
    found = {str(v.constraint): v for v in discover_constraints(traces(*["abcd"] * 30, *["acbd"] * 30, "abd"))}
    assert "first(a)" in found
    assert "last(d)" in found
    assert "succession(a, b)" in found
    assert "response(a, b)" not in found
    assert found["succession(b, d)"].broken.tolist() == []
    assert found["succession(a, c)"].broken.tolist() == [60]
    assert not any("chain" in name for name in found)


def test_a_rule_of_an_unknown_activity_is_refused() -> None:
    with pytest.raises(MiningError, match='no activity "z"'):
        judge(traces("ab"), [Constraint(Template.RESPONSE, "a", "z")])


def test_a_submitted_application_always_begins_a_real_loan_case() -> None:
    path = SHARED / "logs" / "BPIC12.xes.gz"
    if not path.exists():
        pytest.skip("this test reads ../shared/logs, which is absent here")
    log = activities(read(path))
    found = {str(v.constraint): v for v in discover_constraints(log)}
    assert found["first(A_SUBMITTED)"].kept.value == 1.0
    assert "chain response(A_SUBMITTED, A_PARTLYSUBMITTED)" in found
    assert all(v.kept.value >= 0.95 for v in found.values())

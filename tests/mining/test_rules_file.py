"""Rules with conditions and limits in FEEL, their file, and the ranking of what breaks them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mining.drawn import MINUTE, traces
from zaizao.eventlog import EventLog, from_columns
from zaizao.mining import Constraint, Kind, MiningError, Template, align, breaches, discover, judge, read_rules

RULES = """
[[rule]]
name = "大额须复核"
rule = "existence"
first = "复核"
when = "amount >= 100000"

[[rule]]
rule = "response"
first = "申请"
second = "审批"
within = 'if amount >= 100000 then duration("PT3H") else duration("PT1H")'

[[rule]]
rule = "four eyes"
first = "申请"
second = "审批"

[[rule]]
rule = "precedence"
first = "复核"
second = "放款"
when = 'channel = "柜面"'
within = "P1D"
"""


def loans() -> EventLog:
    """Four loans in minutes: (case, activity, end, who, channel of the event)."""
    rows = [
        ("1", "申请", 0, "张", None), ("1", "审批", 50, "李", None), ("1", "放款", 60, "王", "柜面"),
        ("2", "申请", 0, "张", None), ("2", "复核", 100, "王", None), ("2", "审批", 170, "张", None),
        ("2", "放款", 300, "王", "柜面"),
        ("3", "申请", 0, "张", None), ("3", "审批", 90, "李", None), ("3", "放款", 95, None, "手机"),
        ("4", "申请", 0, "李", None), ("4", "审批", 170, None, None), ("4", "放款", 5000, "王", "手机"),
    ]  # fmt: skip
    case, activity, end, who, channel = zip(*rows, strict=True)
    return from_columns(
        case=list(case),
        activity=list(activity),
        end=np.array(end, dtype=np.int64) * MINUTE,
        resource=list(who),
        case_table=pl.DataFrame({"amount": [5_000, 200_000, None, 100_000]}),
        event_table=pl.DataFrame({"channel": channel, "cost": [100] * 12 + [9_000]}),
    )


def test_conditions_and_limits_hold_only_what_they_name(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    existence, response, four_eyes, precedence = judge(loans(), read_rules(path))
    assert (existence.activated, existence.broken.tolist()) == (2, [3])
    assert existence.constraint.name == "大额须复核"
    # An unknown amount is not 100000 or more: the shorter limit holds.
    assert (response.activated, response.broken.tolist(), response.times) == (4, [2], 1)
    assert (four_eyes.activated, four_eyes.broken.tolist()) == (3, [1])
    assert (precedence.activated, precedence.broken.tolist()) == (2, [0])


def test_rules_read_the_same_from_json(tmp_path: Path) -> None:
    import tomllib

    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "rules.json").write_text(json.dumps(tomllib.loads(RULES)), encoding="utf-8")
    assert read_rules(tmp_path / "rules.json") == read_rules(tmp_path / "rules.toml")


def test_every_problem_of_a_file_comes_at_once_with_its_rule(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[rule]]\nrule = "respond"\nfirst = "a"\n[[rule]]\nrule = "response"\nfirst = "a"\nwhen = "amount >"\n'
        '[[rule]]\nrule = "existence"\nfirst = "a"\nwithin = "P1D"\n[[rule]]\nrule = "within"\nfirst="a"\nsecond="b"\ncolour="red"\n'
    )
    with pytest.raises(MiningError) as caught:
        read_rules(path)
    places = [problem.where for problem in caught.value.problems]
    assert [place.split(",")[0] for place in places] == [f"rules.toml: rule {k}" for k in (1, 2, 2, 3, 4)]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[[rule]", b"rule = 3", b"[" * 100_000])
def test_broken_rule_files_are_refused_in_words(tmp_path: Path, content: bytes) -> None:
    for name in ("rules.toml", "rules.json"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MiningError):
            read_rules(tmp_path / name)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Constraint(Template.RESPONSE, "申请", "审批", when="colour = 1"), "no attribute"),
        (Constraint(Template.RESPONSE, "申请", "审批", within="amount"), "no duration"),
        (Constraint(Template.RESPONSE, "申请", "死亡"), "no activity"),
    ],
)
def test_rules_that_the_log_cannot_answer_are_refused(rule: Constraint, words: str) -> None:
    with pytest.raises(MiningError, match=words):
        judge(loans(), [rule])


@pytest.mark.parametrize(
    ("template", "line", "broken"),
    [
        (Template.RESPONSE, "aba", 1), (Template.RESPONSE, "ab", 0), (Template.ALTERNATE_RESPONSE, "aab", 1),
        (Template.CHAIN_RESPONSE, "acb", 1), (Template.PRECEDENCE, "ba", 1), (Template.PRECEDENCE, "acb", 0),
        (Template.ALTERNATE_PRECEDENCE, "abb", 1), (Template.CHAIN_PRECEDENCE, "acb", 1),
        (Template.NOT_SUCCESSION, "acb", 1), (Template.SUCCESSION, "bab", 1),
    ],
)  # fmt: skip
def test_judged_one_by_one_executions_agree_with_the_variants(template: Template, line: str, broken: int) -> None:
    log = traces(line, "c")
    if "a" in line and "b" in line:
        plain, each = (judge(log, [Constraint(template, "a", "b", when=when)])[0] for when in ("", 'activity != "?"'))
        assert len(plain.broken) == len(each.broken) == broken
        assert plain.activated == each.activated


def test_deviations_are_ranked_by_frequency_time_and_money_and_lead_to_cases() -> None:
    log = loans()
    model = discover(log, method="directly-follows", paths=0.5)
    verdicts = judge(
        log, [Constraint(Template.EXISTENCE, "复核", name="复核"), Constraint(Template.FOUR_EYES, "申请", "审批")]
    )
    found = {
        (breach.kind, breach.what): breach
        for breach in breaches(log, aligned=align(log, model), verdicts=verdicts, amount="amount")
    }
    assert found[Kind.EXTRA, "复核"].cases.tolist() == [1]
    assert found[Kind.RULE, "复核"].cases.tolist() == [0, 2, 3]
    assert found[Kind.RULE, "复核"].at_stake == 105_000
    by_money = breaches(log, verdicts=verdicts, by="money")
    assert [breach.what for breach in by_money] == ["复核", "four eyes(申请, 审批)"]
    assert by_money[0].cost == pytest.approx((300 + 300 + 9_200) - 3 * 400)
    by_time = breaches(log, verdicts=verdicts, by="time")
    assert by_time[0].time == pytest.approx(((60 + 95 + 5000) / 3 - 300) * 60 * 3)
    with pytest.raises(MiningError, match="no such attribute"):
        breaches(log, verdicts=verdicts, amount="colour")

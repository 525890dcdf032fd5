"""Forms: what is answered is checked field by field, and every fault is named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from inbox.desk import Desk, li
from zaizao.inbox import (
    Claim,
    Complete,
    FormError,
    ItemId,
    WorkItem,
    WorkRefused,
    check_answers,
    kept_answers,
    read_form,
)

FORM: dict[str, Any] = {
    "id": "loan-approval",
    "type": "default",
    "schemaVersion": 16,
    "components": [
        {"type": "text", "text": "# 审批"},
        {"type": "textfield", "key": "id_card", "label": "身份证", "validate": {"required": True, "pattern": "^[0-9]{17}[0-9X]$"}},
        {"type": "textfield", "key": "mail", "validate": {"validationType": "email"}},
        {"type": "number", "key": "rate", "decimalDigits": 2, "validate": {"min": "0", "max": 24}},
        {"type": "textarea", "key": "opinion", "validate": {"minLength": 4, "maxLength": 20}},
        {"type": "checkbox", "key": "seen", "validate": {"required": True}},
        {"type": "radio", "key": "decision", "values": [{"label": "同意", "value": "yes"}, {"label": "拒绝", "value": "no"}]},
        {"type": "textfield", "key": "why_not", "validate": {"required": True}, "conditional": {"hide": '=decision != "no"'}},
        {"type": "taglist", "key": "risks", "valuesKey": "risk_names"},
        {"type": "select", "key": "branch", "valuesExpression": "=branches[open = true].name"},
        {"type": "datetime", "subtype": "date", "key": "valid", "dateLabel": "有效期"},
        {"type": "number", "key": "amount", "readonly": True},
        {"type": "group", "path": "guarantor", "components": [{"type": "textfield", "key": "name", "validate": {"required": True}}]},
        {"type": "dynamiclist", "path": "papers", "components": [{"type": "textfield", "key": "title", "validate": {"required": True}}]},
        {"type": "group", "components": [{"type": "checkbox", "key": "urgent"}], "conditional": {"hide": "=amount < 1000"}},
    ],
}  # fmt: skip
DATA = {
    "amount": 5000,
    "risk_names": ["火", "水"],
    "branches": [{"name": "东", "open": True}, {"name": "西", "open": False}],
}
GOOD: dict[str, Any] = {
    "id_card": "11010519491231002X",
    "seen": True,
    "decision": "yes",
    "guarantor": {"name": "钱"},
    "papers": [{"title": "合同"}],
}


def wrong(**changes: Any) -> dict[str, str]:
    answers = {**GOOD, **changes}
    problems = check_answers(read_form(FORM), {k: v for k, v in answers.items() if v is not ...}, DATA)
    return {problem.where: problem.code.removeprefix("inbox.") for problem in problems}


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, {}),
        ({"id_card": ...}, {"id_card": "required"}),
        ({"id_card": "123"}, {"id_card": "pattern"}),
        ({"id_card": 11010519491231002}, {"id_card": "wrong-type"}),
        ({"mail": "li@bank"}, {"mail": "pattern"}),
        ({"mail": "li@bank.example"}, {}),
        ({"rate": 3.85}, {}),
        ({"rate": Decimal("3.855")}, {"rate": "out-of-range"}),
        ({"rate": -1}, {"rate": "out-of-range"}),
        ({"rate": 24.01}, {"rate": "out-of-range"}),
        ({"rate": "abc"}, {"rate": "wrong-type"}),
        ({"rate": True}, {"rate": "wrong-type"}),
        ({"rate": float("nan")}, {"rate": "wrong-type"}),
        ({"opinion": "同意"}, {"opinion": "out-of-range"}),
        ({"opinion": "同" * 21}, {"opinion": "out-of-range"}),
        ({"seen": False}, {"seen": "required"}),
        ({"seen": "yes"}, {"seen": "wrong-type"}),
        ({"decision": "maybe"}, {"decision": "no-option"}),
        ({"decision": "no"}, {"why_not": "required"}),
        ({"decision": "no", "why_not": "负债"}, {}),
        ({"risks": ["火"]}, {}),
        ({"risks": ["火", "土"]}, {"risks": "no-option"}),
        ({"branch": "东"}, {}),
        ({"branch": "西"}, {"branch": "no-option"}),
        ({"valid": "2026-02-28"}, {}),
        ({"valid": "2026-02-30"}, {"valid": "wrong-type"}),
        ({"amount": 5000}, {}),
        ({"amount": 1}, {"amount": "read-only"}),
        ({"guarantor": {}}, {"guarantor.name": "required"}),
        ({"guarantor": {"name": "钱", "x": 1}}, {"guarantor.x": "unknown-field"}),
        ({"papers": [{"title": "a"}, {}]}, {"papers[1].title": "required"}),
        ({"papers": "a"}, {"papers": "wrong-type"}),
        ({"admin": True}, {"admin": "unknown-field"}),
        ({"urgent": True}, {}),
    ],
)  # fmt: skip
def test_answers_are_checked_field_by_field(changes: dict[str, Any], problems: dict[str, str]) -> None:
    assert wrong(**changes) == problems


def test_answers_to_hidden_fields_are_not_kept() -> None:
    form = read_form(FORM)
    answers = {**GOOD, "why_not": "x", "urgent": True}
    assert check_answers(form, answers, {**DATA, "amount": 1}) == []
    assert kept_answers(form, answers, {**DATA, "amount": 1}) == GOOD


@pytest.mark.parametrize(
    "schema",
    [
        "[]",
        "{",
        '{"components": 1}',
        "[" * 100_000,
        json.dumps({"components": [{"type": "number"}]}),
        json.dumps({"components": [{"type": "teleport", "key": "a"}]}),
        json.dumps({"components": [{"type": "textfield", "key": "a", "validate": {"pattern": "("}}]}),
        json.dumps({"components": [{"type": "textfield", "key": "a", "conditional": {"hide": "=1 +"}}]}),
        json.dumps({"components": [{"type": "number", "key": "a", "validate": {"min": [1]}}]}),
        json.dumps({"components": [1]}),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_with_reasons(schema: str) -> None:
    with pytest.raises(FormError) as refused:
        read_form(schema)
    assert all(problem.what.zh and problem.remedy.en for problem in refused.value.problems)


def test_a_pattern_that_would_run_for_ever_counts_as_no_match() -> None:
    form = read_form({"components": [{"type": "textfield", "key": "a", "validate": {"pattern": "^(a|a)*$"}}]})
    assert [problem.code for problem in check_answers(form, {"a": "a" * 60 + "!"}, {})] == ["inbox.pattern"]


def test_an_item_is_completed_only_with_answers_that_its_form_allows(desk: Desk) -> None:
    desk.inbox.keep_form("loan-approval", FORM)
    desk.offer("a", form="loan-approval", evidence={"variables": DATA})
    desk.do("a", Claim())
    with pytest.raises(WorkRefused) as refused:
        desk.inbox.do(ItemId("a"), Complete({"id_card": "1"}), li, now=desk.now)
    assert refused.value.code == "form"
    assert {problem.where for problem in refused.value.problems} == {"id_card", "seen", "guarantor.name"}
    done = desk.do("a", Complete({**GOOD, "why_not": "x"}))
    assert isinstance(done, WorkItem) and done.result is not None and done.result.answers == GOOD

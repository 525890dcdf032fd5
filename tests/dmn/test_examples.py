"""Examples beside a model: ``<name>.cases.csv``."""

from __future__ import annotations

from pathlib import Path

import pytest

from zaizao.dmn import DmnError, test_cases as run_cases

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">
<inputData id="p" name="applicant"/><inputData id="a" name="amount"><variable name="amount" typeRef="number"/></inputData>
<decision id="d" name="route"><informationRequirement><requiredInput href="#a"/></informationRequirement>
<informationRequirement><requiredInput href="#p"/></informationRequirement><context>
<contextEntry><variable name="lane"/><literalExpression><text>if amount &lt; 5000 and applicant.vip then "fast" else "slow"
</text></literalExpression></contextEntry>
<contextEntry><variable name="due"/><literalExpression><text>date("2026-01-31") + duration("P1M")</text></literalExpression>
</contextEntry></context></decision></definitions>"""


def folder(tmp_path: Path, cases: str) -> Path:
    model = tmp_path / "route.dmn"
    model.write_text(MODEL, encoding="utf-8")
    (tmp_path / "route.cases.csv").write_text(cases, encoding="utf-8")
    return model


def test_examples_compare_entries_and_whole_answers_as_feel(tmp_path: Path) -> None:
    cases = (
        "name,amount,applicant.vip,= lane,= due\n"
        '小额,100,true,fast,"date(""2026-02-28"")"\n'
        'large,9000,true,slow,"@""2026-02-28"""\n'
        "wrong,9000,true,fast,\n"
    )
    first, second, third = run_cases(folder(tmp_path, cases))
    assert first.passed and second.passed and not third.passed
    assert third.problem is not None
    assert "lane should be fast but is slow" in third.problem.what.en
    assert third.problem.where == "route.cases.csv: line 4, wrong"


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        ("amount\n1\n", "dmn.cases.no-expectation"),
        ("", "dmn.cases.no-expectation"),
        ("decision,amount,=\nother,1,2\n", "dmn.unknown-name"),
        ('amount,=\n"1,2\n', "dmn.cases.unreadable"),
    ],
)
def test_examples_that_cannot_be_run_are_refused(tmp_path: Path, cases: str, code: str) -> None:
    with pytest.raises(DmnError) as caught:
        run_cases(folder(tmp_path, cases))
    assert caught.value.problems[0].code == code


def test_a_model_without_examples_says_so(tmp_path: Path) -> None:
    model = folder(tmp_path, "=\n1\n")
    (tmp_path / "route.cases.csv").unlink()
    with pytest.raises(DmnError, match="cannot be read"):
        run_cases(model)

"""Checking models and verifying tables: what is found, where, and with which values."""

from __future__ import annotations

from pathlib import Path

import pytest

from zaizao.dmn import (
    DecisionTable,
    FindingKind,
    HitPolicy,
    Input,
    LiteralExpression,
    Output,
    Rule,
    UnaryTests,
    check,
    compile,
    findings,
    imported_models,
    read,
    verify,
)
from zaizao.problems import Severity

KIT = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "dmn-tck"
DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body: str) -> bytes:
    return f'<definitions xmlns="{DMN}" name="loans" namespace="urn:m">{body}</definitions>'.encode()


def decision(name: str, logic: str, required: str = "") -> str:
    return f'<decision id="{name}" name="{name}"><variable name="{name}"/>{required}{logic}</decision>'


def needs(kind: str, *targets: str) -> str:
    return "".join(
        f'<informationRequirement><required{kind} href="#{one}"/></informationRequirement>' for one in targets
    )


def literal(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


def grid(*rows: str, column: str = "x", kind: str = "number") -> str:
    """A table over one column, rules written ``cell -> output``."""
    cells = (row.split("->") for row in rows)
    rules = "".join(
        f"<rule><inputEntry><text><![CDATA[{cell.strip()}]]></text></inputEntry>"
        f"<outputEntry><text>{out.strip()}</text></outputEntry></rule>"
        for cell, out in cells
    )
    return (
        f'<decisionTable><input><inputExpression typeRef="{kind}"><text>{column}</text></inputExpression></input><output/>'
        f"{rules}</decisionTable>"
    )


X = '<inputData id="x" name="x"><variable name="x" typeRef="number"/></inputData>'


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        (decision("a", literal("b"), needs("Decision", "b")) + decision("b", literal("a"), needs("Decision", "a")),
         "dmn.cycle", "a"),
        (decision("a", literal("a"), needs("Decision", "a")), "dmn.cycle", "a"),
        (f'<import name="lib" namespace="urn:lib" importType="{DMN}"/>', "dmn.import.missing", "import lib"),
        (X + X.replace('id="x"', 'id="y"'), "dmn.name.duplicate", "loans"),
        (X + X, "dmn.id.duplicate", "ids"),
        (decision("a", "<decisionTable><rule/></decisionTable>"), "dmn.table.no-output", "Decision a"),
        (X + decision("a", grid("< -> 1"), needs("Input", "x")), "feel.", "Decision a, rule 1, input 1"),
        (X + decision("a", grid("> 1 -> 1 +"), needs("Input", "x")), "feel.", "Decision a, rule 1, output 1"),
        (X + decision("a", grid('"big" -> 1'), needs("Input", "x")), "dmn.table.cell-type", "rule 1, input x"),
        (decision("a", literal("1 +")), "feel.", "Decision a"),
        (decision("a", literal("1"), needs("Input", "gone")), "dmn.reference.unknown", "Decision a"),
        ('<inputData id="x" name="x"><variable name="x" typeRef="tGone"/></inputData>', "dmn.type.unknown", "InputData x"),
        ('<itemDefinition name="t"><typeRef>t</typeRef></itemDefinition>', "dmn.type.cycle", "ItemDefinition t"),
        (decision("a", f"<context><contextEntry><variable name='u'/>{literal('(')}</contextEntry></context>"),
         "feel.", "entry u"),
        ("<decision id='a' name='a'><decisionTable hitPolicy='BEST'/></decision>", "dmn.read.value", "decisionTable"),
        (decision("a", "<literalExpression expressionLanguage='urn:js'><text>1</text></literalExpression>"),
         "dmn.language", "Decision a"),
        ("<decisions/>", "dmn.read.unexpected-element", "definitions loans"),
    ],
)  # fmt: skip
def test_each_mistake_is_a_problem_that_names_its_place(body: str, code: str, where: str) -> None:
    problems = [problem for problem in check(model(body)) if problem.code.startswith(code)]
    assert problems, [problem.say("en") for problem in check(model(body))]
    assert where in problems[0].where
    assert problems[0].severity is Severity.ERROR


def test_an_expression_that_names_what_its_decision_does_not_require_is_a_warning() -> None:
    body = X + decision("a", literal("x + never required"), needs("Input", "x"))
    (problem,) = check(model(body))
    assert (problem.code, problem.severity) == ("dmn.name.unknown", Severity.WARNING)
    assert "never required" in problem.what.en


def test_a_sound_model_has_no_problem() -> None:
    body = X + decision("a", grid('< 5 -> "s"', '>= 5 -> "l"'), needs("Input", "x"))
    assert check(model(body)) == []


@pytest.mark.skipif(not KIT.exists(), reason="the DMN test kit of ../shared is absent")
def test_every_model_of_the_kit_is_checked_without_an_exception() -> None:
    for file in sorted(KIT.rglob("*.dmn")):
        others = [read(other) for other in sorted(file.parent.rglob("*.dmn")) if other != file]
        check(file, imports=others)


def table(policy: HitPolicy, labels: str, *rows: str, allowed: dict[str, str] | None = None) -> DecisionTable:
    """A table from ``"a | b"`` and rows ``"cell | cell | output"``."""
    names = [name.strip() for name in labels.split("|")]
    values = allowed or {}
    rules = []
    for row in rows:
        *cells, output = (part.strip() for part in row.split("|"))
        rules.append(Rule(tuple(cells), (output,)))
    inputs = tuple(
        Input(LiteralExpression(name), UnaryTests(values[name]) if name in values else None) for name in names
    )
    return DecisionTable(inputs, (Output(),), tuple(rules), hit_policy=policy)


def found(of: DecisionTable) -> list[tuple[str, tuple[int, ...], dict[str, str]]]:
    return [(finding.kind.value, finding.rules, dict(finding.values)) for finding in verify(of)]


def test_a_gap_is_shown_with_the_values_that_no_rule_covers() -> None:
    grades = table(HitPolicy.UNIQUE, "score | vip", "< 600 | true | 1", ">= 600 | - | 2")
    assert found(grades) == [("gap", (), {"score": "< 600", "vip": "false"})]


def test_an_overlap_of_a_unique_table_is_shown_with_a_value_in_both() -> None:
    grades = table(HitPolicy.UNIQUE, "score", "<= 600 | 1", ">= 600 | 2")
    assert found(grades) == [("overlap", (1, 2), {"score": "600"})]


def test_rules_of_an_any_table_may_overlap_when_they_agree() -> None:
    agreeing = table(HitPolicy.ANY, "score", "<= 600 | 1", ">= 600 | 1")
    assert found(agreeing) == []
    assert found(table(HitPolicy.ANY, "score", "<= 600 | 1", ">= 600 | 2"))[0][0] == "overlap"


def test_a_rule_that_the_rules_before_it_cover_together_is_unreachable() -> None:
    ladder = table(HitPolicy.FIRST, "score", "< 600 | 1", ">= 600 | 2", "[500..700] | 3")
    assert found(ladder) == [("unreachable", (3,), {"score": "[500..700]"})]


def test_a_rule_inside_another_with_the_same_output_is_subsumed() -> None:
    nested = table(HitPolicy.COLLECT, "score | kind", "< 600 | - | 1", '< 300 | "a" | 1')
    assert found(nested) == [("subsumed", (2, 1), {"score": "< 300", "kind": '"a"'})]


def test_allowed_values_bound_the_gaps_and_exclude_cells() -> None:
    kinds = table(HitPolicy.UNIQUE, "kind", '"a" | 1', '"b" | 2', allowed={"kind": '"a", "b"'})
    assert found(kinds) == []
    strange = table(HitPolicy.UNIQUE, "kind", '"a" | 1', '"c" | 2', allowed={"kind": '"a", "b"'})
    assert found(strange) == [("outside", (2,), {"kind": '"c"'}), ("gap", (), {"kind": '"b"'})]


def test_findings_know_the_types_that_the_inputs_have() -> None:
    body = """<itemDefinition name="tRisk"><typeRef>string</typeRef><allowedValues><text>"HIGH","LOW"</text></allowedValues>
      </itemDefinition><inputData id="x" name="x"><variable name="x" typeRef="tRisk"/></inputData>"""
    one = decision("a", grid('"HIGH" -> 1', '"MEDIUM" -> 2', kind="string"), needs("Input", "x"))
    kinds = [(finding.kind.value, dict(finding.values)) for finding in findings(read(model(body + one)))]
    assert kinds == [("outside", {"x": '"MEDIUM"'}), ("gap", {"x": '"LOW"'})]


def test_a_column_that_no_rule_tests_and_an_empty_interval_are_found() -> None:
    odd = table(HitPolicy.COLLECT, "score | vip", "[5..1] | - | 1", "< 3 | - | 2")
    assert {kind for kind, _, _ in found(odd)} == {"empty", "unused-input"}


def test_cells_that_take_feel_get_the_benefit_of_the_doubt() -> None:
    assert found(table(HitPolicy.UNIQUE, "score", "< 5 | 1", "? >= limit | 2")) == []


def test_a_large_table_is_verified_in_bounded_time() -> None:
    rows = [f"[{low}..{low + 10}) | {low % 7} | {low}" for low in range(0, 10_000, 10)]
    findings = verify(table(HitPolicy.UNIQUE, "amount | class", *rows))
    assert {finding.kind for finding in findings} <= {FindingKind.GAP, FindingKind.UNFINISHED}


def test_a_ten_megabyte_cell_and_deep_nesting_are_problems() -> None:
    huge = X + decision("a", grid(f"{'1,' * 4_000_000}1 -> 1"), needs("Input", "x"))
    assert all(len(problem.say("en")) < 1000 for problem in check(model(huge)))
    assert check(model(huge))[0].severity is Severity.ERROR
    deep = decision("a", literal("(" * 100_000 + "1" + ")" * 100_000))
    assert [problem.severity for problem in check(model(deep))] == [Severity.ERROR]
    assert compile(read(model(deep))).evaluate("a", {}).value is None


@pytest.mark.skipif(not KIT.exists(), reason="the DMN test kit of ../shared is absent")
def test_the_imports_of_a_file_are_found_beside_it_and_beside_those() -> None:
    main = (
        KIT / "TestCases" / "compliance-level-3" / "0089-nested-inputdata-imports" / "0089-nested-inputdata-imports.dmn"
    )
    assert len(imported_models(main, read(main))) == 3
    assert check(main) == []
    assert {problem.code for problem in check(read(main))} >= {"dmn.import.missing"}

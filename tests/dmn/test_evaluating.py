"""Asking decisions, services and knowledge models."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zaizao.dmn import DmnError, Outcome, Trace, compile, read
from zaizao.feel import Date

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body: str, namespace: str = "urn:m", name: str = "m") -> str:
    return f'<definitions xmlns="{DMN}" name="{name}" namespace="{namespace}">{body}</definitions>'


def literal(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


def number_input(name: str) -> str:
    return f'<inputData id="i_{name}" name="{name}"><variable name="{name}" typeRef="number"/></inputData>'


def needs(*names: str) -> str:
    return "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>' for name in names
    )


def decision(name: str, logic: str, required: str = "", kind: str = "") -> str:
    type_ref = f' typeRef="{kind}"' if kind else ""
    return f'<decision id="d_{name}" name="{name}"><variable name="{name}"{type_ref}/>{required}{logic}</decision>'


def table(policy: str, rules: list[str], *, aggregation: str = "", values: str = "", default: str = "") -> str:
    """A table over ``x`` whose rules are written ``cell -> output``."""
    rows = "".join(
        "<rule><inputEntry><text><![CDATA[{}]]></text></inputEntry><outputEntry><text>{}</text></outputEntry></rule>".format(
            *(part.strip() for part in rule.split("->"))
        )
        for rule in rules
    )
    folded = f' aggregation="{aggregation}"' if aggregation else ""
    allowed = f"<outputValues><text>{values}</text></outputValues>" if values else ""
    otherwise = f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
    return (
        f'<decisionTable hitPolicy="{policy}"{folded}><input><inputExpression><text>x</text></inputExpression></input>'
        f"<output>{allowed}{otherwise}</output>{rows}</decisionTable>"
    )


def ask(body: str, name: str, inputs: dict[str, object] | None = None, *, trace: bool = False) -> Outcome:
    return compile(read(model(body).encode())).evaluate(name, inputs or {}, trace=trace)


@pytest.mark.parametrize(
    ("policy", "options", "value", "answer"),
    [
        ("UNIQUE", {}, 1, "a"),
        ("UNIQUE", {}, 6, None),
        ("UNIQUE", {}, 50, None),
        ("FIRST", {}, 6, "a"),
        ("ANY", {}, 6, None),
        ("PRIORITY", {"values": '"b","a"'}, 6, "b"),
        ("RULE ORDER", {}, 6, ["a", "b"]),
        ("OUTPUT ORDER", {"values": '"b","a"'}, 6, ["b", "a"]),
        ("COLLECT", {}, 6, ["a", "b"]),
        ("COLLECT", {"aggregation": "COUNT"}, 6, Decimal(2)),
        ("COLLECT", {"aggregation": "MIN"}, 6, "a"),
        ("COLLECT", {"aggregation": "MAX"}, 6, "b"),
        ("COLLECT", {"aggregation": "SUM"}, 6, None),
        ("COLLECT", {}, 50, []),
        ("COLLECT", {"aggregation": "COUNT"}, 50, Decimal(0)),
        ("FIRST", {"default": '"none"'}, 50, "none"),
        ("FIRST", {}, None, None),
    ],
)
def test_each_hit_policy_answers_as_the_standard_says(
    policy: str, options: dict[str, str], value: object, answer: object
) -> None:
    body = number_input("x") + decision("d", table(policy, ['< 10 -> "a"', '[5..20] -> "b"'], **options), needs("x"))
    assert ask(body, "d", {"x": value}).value == answer


def test_cells_and_outputs_may_use_other_names_and_functions() -> None:
    rules = ["? > y -> x - y", "not(1, 2) -> y", "- -> -1"]
    body = number_input("x") + number_input("y") + decision("d", table("FIRST", rules), needs("x", "y"))
    asked = compile(read(model(body).encode()))
    assert asked.evaluate("d", {"x": 9, "y": 4}).value == 5
    assert asked.evaluate("d", {"x": 3, "y": 4}).value == 4
    assert asked.evaluate("d", {"x": 2, "y": 4}).value == -1


def test_values_of_another_type_are_left_to_feel() -> None:
    rules = ['"a" -> 1', 'not("a") -> 2', "null -> 3"]
    body = '<inputData id="i_x" name="x"/>' + decision("d", table("FIRST", rules), needs("x"))
    asked = compile(read(model(body).encode()))
    assert asked.evaluate("d", {"x": "a"}).value == 1
    assert asked.evaluate("d", {"x": "b"}).value == 2
    assert asked.evaluate("d", {"x": ["a"]}).value != 2


def test_inputs_are_converted_to_their_declared_types_or_null() -> None:
    body = number_input("x") + decision("d", literal("x"), needs("x"))
    asked = compile(read(model(body).encode()))
    answers = [asked.evaluate("d", {"x": given}).value for given in (3, 2.5, [7], "3", True, None)]
    assert answers == [Decimal(3), Decimal("2.5"), Decimal(7), None, None, None]
    assert asked.evaluate("d", {}).value is None


def test_constraints_of_item_definitions_make_null_of_what_they_exclude() -> None:
    types = """<itemDefinition name="tRisk"><typeRef>string</typeRef><allowedValues><text>"HIGH","LOW"</text></allowedValues>
      </itemDefinition><itemDefinition name="tRisks" isCollection="true"><typeRef>tRisk</typeRef>
      <typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>"""
    body = types + '<inputData id="i_x" name="x"><variable name="x" typeRef="tRisks"/></inputData>'
    asked = compile(read(model(body + decision("d", literal("count(x)"), needs("x"))).encode()))
    assert asked.evaluate("d", {"x": ["HIGH", "LOW"]}).value == 2
    assert asked.evaluate("d", {"x": ["HIGH", "MEDIUM"]}).value in (None, 0)
    assert asked.evaluate("d", {"x": ["HIGH", "LOW", "LOW"]}).value in (None, 0)


def test_an_imported_model_is_seen_under_its_import_name() -> None:
    lib = read(
        model(
            number_input("x")
            + decision("double it", literal("2 * x"), needs("x"))
            + '<businessKnowledgeModel id="k" name="half"><encapsulatedLogic><formalParameter name="v" typeRef="number"/>'
            f"{literal('v / 2')}</encapsulatedLogic></businessKnowledgeModel>",
            "urn:lib",
            "lib",
        ).encode()
    )
    required = (
        '<informationRequirement><requiredDecision href="urn:lib#d_double it"/></informationRequirement>'
        '<knowledgeRequirement><requiredKnowledge href="urn:lib#k"/></knowledgeRequirement>'
    )
    main = read(
        model(
            f'<import name="the lib" namespace="urn:lib" importType="{DMN}"/>'
            + decision("d", literal("the lib.half(the lib.double it) + 1"), required)
        ).encode()
    )
    asked = compile(main, imports=[lib])
    for inputs in ({"{urn:lib}x": 5}, {"the lib": {"x": 5}}, {"x": 5}):
        assert asked.evaluate("d", inputs).value == 6
    assert asked.evaluate("the lib.double it", {"x": 5}).value == 10
    with pytest.raises(DmnError) as caught:
        compile(main)
    assert {problem.code for problem in caught.value.problems} == {"dmn.import.missing"}


def test_a_service_is_asked_directly_and_called_by_a_decision() -> None:
    service = (
        '<decisionService id="s" name="s"><outputDecision href="#d_a"/><outputDecision href="#d_b"/>'
        '<inputData href="#i_x"/></decisionService>'
    )
    called = decision(
        "c", literal("s(x: 4).b"), '<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>'
    )
    pair = decision("a", literal("x + 1"), needs("x")) + decision("b", literal("x * x"), needs("x"))
    asked = compile(read(model(number_input("x") + pair + service + called).encode()))
    assert asked.service("s", {"x": 3}).value == {"a": 4, "b": 9}
    assert asked.evaluate("c", {}).value == 16


def test_a_circle_of_requirements_does_not_compile() -> None:
    def on(name: str) -> str:
        return f'<informationRequirement><requiredDecision href="#d_{name}"/></informationRequirement>'

    body = decision("a", literal("b"), on("b")) + decision("b", literal("a"), on("a"))
    with pytest.raises(DmnError) as caught:
        compile(read(model(body).encode()))
    assert [problem.code for problem in caught.value.problems] == ["dmn.cycle"]


def test_a_long_chain_of_decisions_evaluates() -> None:
    def on(number: int) -> str:
        return f'<informationRequirement><requiredDecision href="#d_a{number}"/></informationRequirement>'

    chain = "".join(decision(f"a{at}", literal(f"a{at - 1} + 1"), on(at - 1)) for at in range(1, 1500))
    assert ask(decision("a0", literal("0")) + chain, "a1499").value == 1499


def test_a_java_function_is_refused_unless_a_python_one_stands_in() -> None:
    java = f"""<context><contextEntry><variable name="f"/><functionDefinition kind="Java"><formalParameter name="a"/>
      <context><contextEntry><variable name="class"/>{literal('"java.lang.Math"')}</contextEntry><contextEntry>
      <variable name="method signature"/>{literal('"abs(double)"')}</contextEntry></context></functionDefinition>
      </contextEntry><contextEntry>{literal("f(-3)")}</contextEntry></context>"""
    definitions = read(model(decision("d", java)).encode())
    refused = compile(definitions)
    assert refused.evaluate("d", {}).value is None
    assert [problem.code for problem in refused.problems] == ["dmn.external"]
    assert compile(definitions, externals={"java.lang.Math#abs(double)": abs}).evaluate("d", {}).value == 3


def test_an_unknown_decision_is_refused_with_the_known_names() -> None:
    with pytest.raises(DmnError, match="known names: d"):
        ask(decision("d", literal("1")), "e")


def test_the_version_changes_with_the_model_and_only_then() -> None:
    first, again, other = (ask(decision("d", literal(text)), "d").version for text in ("1", "1", "2"))
    assert first == again != other


def test_the_trace_tells_decisions_rules_values_and_reasons() -> None:
    body = number_input("x") + decision("t", table("COLLECT", ["< 10 -> 1", "> 5 -> 2", "> 7 -> 3"]), needs("x"))
    body += decision(
        "d",
        literal('sum(t) + "no number"'),
        '<informationRequirement><requiredDecision href="#d_t"/></informationRequirement>',
    )
    outcome = ask(body, "d", {"x": 6}, trace=True)
    assert outcome.value is None
    assert isinstance(outcome.trace, Trace)
    first, second = outcome.trace.steps
    assert (first.name, first.value, first.inputs) == ("t", [1, 2], {"x": 6})
    assert first.tables[0].rules == (1, 2)
    assert first.tables[0].inputs == {"x": 6}
    assert second.inputs == {"t": [1, 2]}
    assert second.reasons
    assert first.reasons == ()


def test_boxed_expressions_of_every_kind_evaluate() -> None:
    boxes = {
        "context": f'<context><contextEntry><variable name="a b"/>{literal("1")}</contextEntry><contextEntry>'
        f'<variable name="c"/>{literal("a b + 1")}</contextEntry></context>',
        "relation": f'<relation><column name="n"/><row>{literal("1")}</row><row>{literal("2")}</row></relation>',
        "list": f"<list>{literal('1')}{literal('date(&quot;2026-01-31&quot;)')}</list>",
        "for": f'<for iteratorVariable="i"><in>{literal("[1, 2, 3, 4]")}</in><return>{literal("count(partial) * i")}</return></for>',
        "every": f'<every iteratorVariable="i"><in>{literal("[1,2]")}</in><satisfies>{literal("i > 1")}</satisfies></every>',
        "filter": f"<filter><in>{literal('[{n: 1}, {n: 2}]')}</in><match>{literal('n > 1')}</match></filter>",
        "if": f"<conditional><if>{literal('1 = 2')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
    }
    asked = compile(read(model("".join(decision(name, box) for name, box in boxes.items())).encode()))
    answers = {name: asked.evaluate(name, {}).value for name in boxes}
    assert answers == {
        "context": {"a b": 1, "c": 2},
        "relation": [{"n": 1}, {"n": 2}],
        "list": [1, Date(2026, 1, 31)],
        "for": [0, 2, 6, 12],
        "every": False,
        "filter": [{"n": 2}],
        "if": 2,
    }


def test_many_rows_give_what_single_questions_give() -> None:
    body = number_input("x") + decision("d", table("FIRST", ["< 3 -> x + 1", "- -> 0"]), needs("x"))
    asked = compile(read(model(body).encode()))
    rows = [{"x": value} for value in range(6)]
    assert asked.evaluate_all("d", rows) == [asked.evaluate("d", row).value for row in rows]


def test_what_feel_has_no_value_for_is_null_with_a_reason() -> None:
    body = '<inputData id="i_x" name="x"/>' + decision("d", literal("x"), needs("x"))
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    for strange in (object(), {1, 2}, deep):
        outcome = ask(body, "d", {"x": strange}, trace=True)
        assert outcome.value is None
        assert outcome.trace is not None and outcome.trace.reasons


def test_a_row_that_never_ends_is_null_and_spoils_no_other() -> None:
    text = "if x = 2 then count(for i in 1..100000000 return i) else x"
    asked = compile(read(model(number_input("x") + decision("d", literal(text), needs("x"))).encode()))
    assert asked.evaluate_all("d", [{"x": value} for value in (1, 2, 3)]) == [1, None, 3]


def test_the_inputs_of_a_decision_are_those_it_needs_directly_or_not() -> None:
    body = number_input("x") + number_input("y") + decision("a", literal("x"), needs("x"))
    body += decision(
        "b", literal("a"), '<informationRequirement><requiredDecision href="#d_a"/></informationRequirement>'
    )
    assert [data.name for data in compile(read(model(body).encode())).inputs_of("b")] == ["x"]

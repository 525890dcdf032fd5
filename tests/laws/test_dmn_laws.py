"""Laws of the DMN room: reading undoes writing, the index is the naive loop, tracing changes nothing, check never raises."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import HealthCheck, given, settings, strategies as st

from zaizao.dmn import (
    Aggregation,
    Association,
    Binding,
    Bounds,
    BoxedContext,
    BoxedList,
    BusinessKnowledgeModel,
    Conditional,
    ContextEntry,
    Decision,
    DecisionService,
    DecisionTable,
    Definitions,
    Diagram,
    DmnError,
    Expression,
    Filter,
    For,
    FunctionDefinition,
    HitPolicy,
    Import,
    InformationItem,
    Input,
    InputData,
    Invocation,
    ItemDefinition,
    KnowledgeSource,
    LiteralExpression,
    Output,
    Quantified,
    Relation,
    Requirement,
    RequirementKind,
    Rule,
    Shape,
    TextAnnotation,
    UnaryTests,
    check,
    compile,
    complete,
    read,
    verify,
    write,
)
from zaizao.feel import Date, compile_unary

# XML 1.0 keeps these characters; carriage returns are written as references.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12
)
filled = texts.filter(bool)
maybe = st.none() | texts
names = st.sampled_from(("number", "string", "tLoan", "lib.tLoan")) | st.none()


def items() -> st.SearchStrategy[InformationItem]:
    return st.builds(InformationItem, filled, names, label=maybe, description=maybe)


literals = st.builds(LiteralExpression, texts, names, st.none() | st.just("urn:other"), label=maybe)
tests = st.builds(UnaryTests, texts)


@st.composite
def tables(draw: st.DrawFn) -> DecisionTable:
    wide, outs = draw(st.integers(0, 3)), draw(st.integers(1, 2))
    rule = st.builds(
        Rule,
        st.tuples(*[texts] * wide),
        st.tuples(*[texts] * outs),
        st.tuples(texts) | st.just(()),
        description=maybe,
    )
    return DecisionTable(
        tuple(draw(st.builds(Input, literals, st.none() | tests, label=maybe)) for _ in range(wide)),
        tuple(draw(st.builds(Output, maybe, names, st.none() | tests, st.none() | literals)) for _ in range(outs)),
        tuple(draw(st.lists(rule, max_size=3))),
        draw(st.sampled_from(HitPolicy)),
        draw(st.none() | st.sampled_from(Aggregation)),
        draw(st.just(()) | st.tuples(filled)),
    )


def boxes(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    some = st.none() | inner
    several = st.lists(inner, max_size=2).map(tuple)
    return (
        st.builds(
            BoxedContext, st.lists(st.builds(ContextEntry, st.none() | items(), some), max_size=2).map(tuple), names
        )
        | st.builds(BoxedList, several)
        | st.builds(Relation, st.lists(items(), max_size=2).map(tuple), st.lists(several, max_size=2).map(tuple))
        | st.builds(Invocation, some, st.lists(st.builds(Binding, items(), some), max_size=2).map(tuple))
        | st.builds(FunctionDefinition, st.lists(items(), max_size=2).map(tuple), some)
        | st.builds(Conditional, some, some, some)
        | st.builds(Filter, some, some)
        | st.builds(For, filled, some, some, names, names)
        | st.builds(Quantified, st.booleans(), filled, some, some)
    )


expressions = st.recursive(literals | tables(), boxes, max_leaves=5)
item_definitions = st.recursive(
    st.builds(ItemDefinition, filled, names, allowed=st.none() | tests, constraint=st.none() | tests),
    lambda inner: st.builds(
        ItemDefinition, filled, components=st.lists(inner, max_size=2).map(tuple), collection=st.booleans()
    ),
    max_leaves=3,
)


@st.composite
def models(draw: st.DrawFn) -> Definitions:
    requirement = st.builds(
        Requirement, st.sampled_from(("e0", "e1", "e2", "urn:lib#x", "nowhere")), st.sampled_from(RequirementKind)
    )
    needs = st.lists(requirement, max_size=2).map(tuple)
    variable = st.none() | items()
    makers = (
        lambda key: st.builds(
            Decision, key, filled, st.none() | expressions, variable, needs, needs, needs, maybe, maybe
        ),
        lambda key: st.builds(InputData, key, filled, variable, description=maybe),
        lambda key: st.builds(
            BusinessKnowledgeModel,
            key,
            filled,
            st.none()
            | st.builds(FunctionDefinition, st.lists(items(), max_size=2).map(tuple), st.none() | expressions),
            variable,
            needs,
        ),
        lambda key: st.builds(DecisionService, key, filled, st.just(("e0",)), st.just(("e1", "urn:lib#x"))),
        lambda key: st.builds(KnowledgeSource, key, filled, needs, maybe),
    )
    elements = [draw(draw(st.sampled_from(makers))(st.just(f"e{at}"))) for at in range(draw(st.integers(0, 4)))]
    page = st.builds(
        Diagram,
        name=maybe,
        shapes=st.just(
            (Shape("e0", Bounds(1, 2.5, 3, 4), id="s"), Shape("urn:lib#x", Bounds(0, 0, 1, 1), collapsed=True))
        ),
    )
    return Definitions(
        "urn:own",
        draw(filled),
        tuple(elements),
        tuple(draw(st.lists(item_definitions, max_size=2))),
        draw(st.just(()) | st.just((Import("urn:lib", "lib"),))),
        draw(st.just(()) | st.just((TextAnnotation("t", "注意"), Association("a", "t", "e0")))),
        draw(st.just(()) | st.tuples(page)),
        description=draw(maybe),
        attributes=draw(st.just({}) | st.just({"{urn:x}shade": "dark"})),
        foreign=draw(st.just(()) | st.just(('<x:note xmlns:x="urn:x">a<b></b> </x:note>',))),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_reading_undoes_writing(model: Definitions) -> None:
    written = write(model)
    assert read(written) == complete(model)
    assert write(read(written)) == written


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_check_and_evaluation_answer_whatever_the_model(model: Definitions) -> None:
    problems = check(model)
    assert all(problem.what.zh and problem.remedy.en for problem in problems)
    try:
        compiled = compile(model)
    except DmnError as error:
        assert set(error.problems) <= set(problems)
        return
    for decision in model.decisions:
        plain, traced = (compiled.evaluate(decision.id, {}, trace=trace) for trace in (False, True))
        assert repr(plain.value) == repr(traced.value) or "Function" in repr(plain.value)


numbers = st.integers(-3, 6).map(str)
dates = st.builds('{}"2026-01-0{}"{}'.format, st.just("@"), st.integers(1, 4), st.just("")) | st.builds(
    'date("2026-01-0{}")'.format, st.integers(1, 4)
)
periods = st.builds("{}{}..{}{}".format, st.sampled_from("[("), dates, dates, st.sampled_from("])")) | dates.map(
    "< {}".format
)
words = st.sampled_from(('"a"', '"b"', '"c d"'))
comparisons = st.builds("{} {}".format, st.sampled_from(("<", "<=", ">", ">=")), numbers)
intervals = st.builds("{}{}..{}{}".format, st.sampled_from("[(]"), numbers, numbers, st.sampled_from("])"))
plain = (
    numbers
    | dates
    | periods
    | comparisons
    | intervals
    | words
    | st.sampled_from(("true", "false", "null", '< "b"', '["a".."c d"]'))
)
several = st.lists(plain, min_size=1, max_size=3).map(", ".join)
cells = (
    st.just("-") | plain | several | several.map("not({})".format) | st.sampled_from(("? > y", "y", "? = 1", "[y..4]"))
)
values = st.none() | st.booleans() | st.integers(-4, 7).map(Decimal) | st.sampled_from(("a", "b", "c d", "z"))
values |= st.builds(Date, st.just(2026), st.just(1), st.integers(1, 5))


def naive(rules: Sequence[Sequence[str]], given: Sequence[object], y: Decimal) -> list[Decimal]:
    """The rules that match, by FEEL alone, one cell after the other."""

    def holds(text: str, value: object) -> bool:
        return compile_unary(text, names=("y",)).matches(value, {"y": y}) is True

    return [
        Decimal(number)
        for number, row in enumerate(rules)
        if all(holds(cell, value) for cell, value in zip(row, given, strict=True))
    ]


def collecting(rules: Sequence[Sequence[str]]) -> Definitions:
    inputs = ("a", "b", "c")
    table = DecisionTable(
        tuple(Input(LiteralExpression(name)) for name in inputs),
        (Output(),),
        tuple(Rule(tuple(row), (str(number),)) for number, row in enumerate(rules)),
        hit_policy=HitPolicy.COLLECT,
    )
    needs = tuple(Requirement(name, RequirementKind.INPUT) for name in (*inputs, "y"))
    data = tuple(InputData(name, name) for name in (*inputs, "y"))
    return Definitions("urn:t", "t", (*data, Decision("d", "d", table, information=needs)))


rows = st.lists(st.tuples(cells, cells, cells), max_size=12)
questions = st.lists(st.tuples(values, values, values), min_size=1, max_size=6)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(rows, questions, st.integers(-2, 5).map(Decimal))
def test_the_index_answers_what_the_naive_loop_answers(
    rules: list[tuple[str, str, str]], asked: list[tuple[object, object, object]], y: Decimal
) -> None:
    model = compile(collecting(rules))
    for question in asked:
        inputs = dict(zip("abc", question, strict=True)) | {"y": y}
        assert model.evaluate("d", inputs).value == naive(rules, question, y), (rules, question)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(rows, questions, st.integers(-2, 5).map(Decimal))
def test_tracing_changes_no_answer_and_names_the_rules(
    rules: list[tuple[str, str, str]], asked: list[tuple[object, object, object]], y: Decimal
) -> None:
    model = compile(collecting(rules))
    for question in asked:
        inputs = dict(zip("abc", question, strict=True)) | {"y": y}
        traced = model.evaluate("d", inputs, trace=True)
        assert traced.value == model.evaluate("d", inputs).value
        assert traced.trace is not None
        (hit,) = traced.trace.steps[0].tables
        assert [Decimal(rule - 1) for rule in hit.rules] == traced.value


constant_cells = st.just("-") | numbers | comparisons | intervals.filter(lambda text: text[0] == "[")


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(constant_cells, constant_cells), min_size=1, max_size=6))
def test_verification_finds_a_gap_or_overlap_exactly_when_trying_every_value_does(rules: list[tuple[str, str]]) -> None:
    table = DecisionTable(
        (Input(LiteralExpression("a")), Input(LiteralExpression("b"))),
        (Output(),),
        tuple(Rule(row, (str(number),)) for number, row in enumerate(rules)),
    )
    halves = [Decimal(number) / 2 for number in range(-10, 16)]
    columns = [
        [{value for value in halves if compile_unary(row[at]).matches(value) is True} for row in rules] for at in (0, 1)
    ]
    hits = [sum(a in left and b in right for left, right in zip(*columns, strict=True)) for a in halves for b in halves]
    kinds = {finding.kind.value for finding in verify(table)}
    assert ("gap" in kinds) == (0 in hits)
    assert ("overlap" in kinds) == any(count > 1 for count in hits)


fragments = st.sampled_from(
    (
        b"<",
        b">",
        b"/>",
        b"</decision>",
        b"<decision id='d' name='d'>",
        b"<decisionTable>",
        b"<input/>",
        b"<rule>",
        b"<text>1</text>",
        b"<output/>",
        b"<literalExpression>",
        b"</literalExpression>",
        b"&amp;",
        b"&x;",
        b"\x00",
        b"<!DOCTYPE a>",
        b"<![CDATA[",
        b"]]>",
        b"<?x?>",
        b"<!--",
        b"-->",
        b"href='#d'",
        b"<itemDefinition name='t'>",
        b"<inputEntry>",
        b"\xff",
        b"<dmndi:DMNDI xmlns:dmndi='https://www.omg.org/spec/DMN/20230324/DMNDI/'>",
        b"<import/>",
    )
)
HEAD = b"<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' name='m' namespace='n'>"


@settings(deadline=None, max_examples=200)
@given(st.lists(fragments | st.binary(max_size=4), max_size=12).map(b"".join), st.booleans())
def test_reading_any_bytes_gives_a_model_or_problems(body: bytes, whole: bool) -> None:
    data = HEAD + body + b"</definitions>" if whole else body
    try:
        model = read(data)
    except DmnError as error:
        assert error.problems
    else:
        assert read(write(model)) == complete(model)

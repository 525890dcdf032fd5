"""Reading and writing decision models."""

from pathlib import Path

import pytest

from zaizao.dmn import (
    Decision,
    DecisionTable,
    Definitions,
    DmnError,
    HitPolicy,
    InformationItem,
    Input,
    InputData,
    LiteralExpression,
    Output,
    Requirement,
    RequirementKind,
    Rule,
    complete,
    read,
    write,
)

KIT = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "dmn-tck"
DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def routing() -> Definitions:
    """A built model without ids and without a drawing."""
    table = DecisionTable(
        inputs=(Input(LiteralExpression("amount", type="number")),),
        outputs=(Output("lane", "string"),),
        rules=(Rule(("< 5000",), ('"fast"',), ("小额",)), Rule(("-",), ('"slow"',))),
        hit_policy=HitPolicy.FIRST,
        annotations=("why",),
    )
    return Definitions(
        "http://bank/loans",
        "贷款路由",
        elements=(
            InputData("amount", "amount", InformationItem("amount", "number")),
            Decision(
                "route",
                "route",
                table,
                InformationItem("route", "string"),
                information=(Requirement("amount", RequirementKind.INPUT),),
            ),
        ),
    )


def test_a_built_table_is_written_with_ids_and_a_drawing_that_shows_every_element_and_arrow() -> None:
    model = read(write(routing()))
    assert model == complete(routing())
    (page,) = model.diagrams
    assert {shape.element for shape in page.shapes} == {"amount", "route"}
    decision = model.element("route")
    assert isinstance(decision, Decision)
    assert isinstance(decision.logic, DecisionTable)
    assert [edge.element for edge in page.edges] == [decision.information[0].id]
    assert all(rule.id and all(rule.cell_ids) for rule in decision.logic.rules)
    by_element = {shape.element: shape.bounds for shape in page.shapes}
    assert by_element["amount"].y > by_element["route"].y + by_element["route"].height


def test_writing_the_same_model_twice_gives_the_same_bytes() -> None:
    assert write(routing()) == write(routing())
    assert write(read(write(routing()))) == write(routing())


@pytest.mark.skipif(not KIT.exists(), reason="the DMN test kit of ../shared is absent")
def test_every_model_of_the_kit_survives_reading_and_writing() -> None:
    files = sorted(KIT.rglob("*.dmn"))
    assert len(files) > 90
    for file in files:
        assert read(write(read(file))) == complete(read(file)), file.name


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
    ],
)
def test_earlier_versions_are_read_as_the_same_model(uri: str) -> None:
    newest = write(routing())
    assert read(newest.replace(DMN_15.encode(), uri.encode())) == read(newest)


def test_a_prefixed_type_becomes_a_feel_type_name() -> None:
    text = f"""<d:definitions xmlns:d="{DMN_15}" xmlns:feel="https://www.omg.org/spec/DMN/20191111/FEEL/"
      xmlns:other="urn:other" xmlns:own="urn:own" name="m" namespace="urn:own">
      <d:import name="lib" namespace="urn:other" importType="{DMN_15}"/>
      <d:inputData id="a" name="a"><d:variable name="a" typeRef="feel:number"/></d:inputData>
      <d:inputData id="b" name="b"><d:variable name="b" typeRef="other:tLoan"/></d:inputData>
      <d:inputData id="c" name="c"><d:variable name="c" typeRef="own:tLoan"/></d:inputData></d:definitions>"""
    assert [item.type for item in read(text.encode()).elements if isinstance(item, InputData)] == [
        "number",
        "lib.tLoan",
        "tLoan",
    ]


def test_extensions_keep_their_text_and_namespaces() -> None:
    text = f"""<definitions xmlns="{DMN_15}" xmlns:x="urn:x" name="m" namespace="urn:own" x:shade="dark">
      <inputData id="a" name="a" x:owner="风险部"><extensionElements><x:note b="2" a="1">so <x:b/> be <plain xmlns=""/>
      it</x:note></extensionElements></inputData></definitions>"""
    model = read(text.encode())
    again = read(write(model))
    assert again == complete(model)
    assert model.elements[0].attributes == {"{urn:x}owner": "风险部"}
    assert "<plain" in model.elements[0].foreign[0]
    assert b'xmlns:x="urn:x"' in write(model)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"<definitions", "dmn.xml.malformed"),
        (b"", "dmn.xml.malformed"),
        (b"\xff\xfe\x00", "dmn.xml.malformed"),
        (b"<html/>", "dmn.xml.root"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "dmn.xml.doctype"),
        (
            b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;">]><a>&d;</a>',
            "dmn.xml.doctype",
        ),
        (f'<definitions xmlns="{DMN_15}" name="m" namespace="n"><decison/></definitions>'.encode(), "unexpected"),
        (f'<definitions xmlns="{DMN_15}" namespace="n"/>'.encode(), "dmn.read.missing"),
        (
            f'<definitions xmlns="{DMN_15}" name="m" namespace="n"><decision id="d" name="d">'
            '<decisionTable hitPolicy="BEST"><output/></decisionTable></decision></definitions>'.encode(),
            "dmn.read.value",
        ),
        (
            f'<definitions xmlns="{DMN_15}" name="m" namespace="n"><a xmlns="rel"/></definitions>'.encode(),
            "dmn.xml.namesp",
        ),
        (f'<definitions xmlns="{DMN_15}">{"<decision>" * 400}'.encode(), "dmn.xml.malformed"),
    ],
)
def test_bad_files_are_refused_with_a_problem_in_both_languages(text: bytes, code: str) -> None:
    with pytest.raises(DmnError) as caught:
        read(text)
    problem = caught.value.problems[0]
    assert code in problem.code
    assert problem.what.zh != problem.what.en
    assert problem.remedy.zh and problem.remedy.en


def test_a_character_that_xml_cannot_hold_is_refused_on_writing() -> None:
    with pytest.raises(DmnError, match="U\\+0001"):
        write(Definitions("urn:n", "a\x01b"))


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(DmnError) as caught:
        read(tmp_path / "none.dmn")
    assert caught.value.problems[0].code == "dmn.xml.unreadable"


def test_attributes_of_xml_itself_keep_their_prefix() -> None:
    text = f'<definitions xmlns="{DMN_15}" name="m" namespace="urn:own" xml:lang="zh"><inputData id="a" name="a"/></definitions>'
    model = read(text.encode())
    assert b' xml:lang="zh"' in write(model)
    assert read(write(model)) == complete(model)

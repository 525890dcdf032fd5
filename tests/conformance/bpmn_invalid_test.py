"""Every file of the invalid-model suite is refused with a problem that names an element; valid features are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from zaizao.bpmn import check, read
from zaizao.problems import Severity

SHARED = Path(__file__).parents[2] / ".." / "shared" / "conformance"
INVALID = sorted((SHARED / "bpmn-invalid").glob("*/*.bpmn"))
VALID = sorted((SHARED / "bpmn-betsy").glob("*/*.bpmn"))

pytestmark = pytest.mark.skipif(not INVALID, reason="the conformance suites are not beside the repository")


def test_the_suites_are_whole() -> None:
    assert (len(INVALID), len(VALID)) == (209, 93)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_model_is_refused_by_the_name_of_an_element(path: Path) -> None:
    model = read(path)
    errors = [problem for problem in check(model) if problem.severity is Severity.ERROR]
    ids = {element.get("id") for element in _elements(path)}
    assert errors
    assert any(set(problem.where.replace(path.name, "").split()) & ids for problem in errors)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_feature_is_not_refused_for_its_structure(path: Path) -> None:
    errors = [problem for problem in check(read(path), executable=False) if problem.severity is Severity.ERROR]
    assert errors == []


def _elements(path: Path) -> list[dict[str, str]]:
    return [dict(element.attrib) for element in etree.parse(path).iter() if element.get("id")]

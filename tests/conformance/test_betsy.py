"""The public BPMN feature suite: each of the 93 features logs what it should, but for the ledger of gaps."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from conformance.betsy_adapter import run

SUITE = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "bpmn-betsy"
GAPS = tomllib.loads(Path(__file__).with_name("betsy_gaps.toml").read_text(encoding="utf-8"))


def features() -> list[Any]:
    if not SUITE.exists():
        return [pytest.param("", "", [], marks=pytest.mark.skip(reason=f"{SUITE} is absent"))]
    return [
        pytest.param(
            category, name, cases, id=name, marks=[pytest.mark.xfail(reason=GAPS[name])] if name in GAPS else []
        )
        for category, name, cases in json.loads((SUITE / "tests.json").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("category", "name", "cases"), features())
def test_the_feature_logs_what_it_should(category: str, name: str, cases: list[dict[str, Any]]) -> None:
    logged = run(SUITE / category / f"{name}.bpmn", name, cases)
    assert logged == [sorted(case["expect"]) for case in cases]

"""The public DMN test kit through the given harness; ``dmn_gaps.csv`` is the ledger of what does not pass, and strict."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / ".." / "shared" / "conformance"
HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the DMN test kit of ../shared is absent")


def harness(tmp_path: Path) -> dict[str, object]:
    """Runs the harness in this process and gives its report."""
    spec = importlib.util.spec_from_file_location("tck_harness", SHARED / "tck_harness.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    report = tmp_path / "report.json"
    path, sys.modules["tck_harness"] = sys.path[:], module
    try:
        sys.path.insert(0, str(HERE))
        spec.loader.exec_module(module)
        module.main(
            ["--adapter", "tck_adapter:evaluate", "--tck", str(SHARED / "dmn-tck"), "--json", str(report), "--quiet"]
        )
    finally:
        sys.path[:] = path
        del sys.modules["tck_harness"]
    loaded: dict[str, object] = json.loads(report.read_text(encoding="utf-8"))
    return loaded


def test_every_case_of_the_kit_passes_but_those_in_the_ledger(tmp_path: Path) -> None:
    report = harness(tmp_path)
    cases = report["cases"]
    assert isinstance(cases, list)
    with (HERE / "dmn_gaps.csv").open(encoding="utf-8") as file:
        ledger = {(row["folder"], row["case"]) for row in csv.DictReader(file)}
    failed = {(case["dir"], case["id"]): case["messages"] for case in cases if case["status"] != "pass"}
    assert len(cases) == 2377
    assert {key: failed[key] for key in failed.keys() - ledger} == {}, "cases fail that the ledger does not name"
    assert ledger - failed.keys() == set(), "the ledger names cases that pass: take them out"
    assert Counter(case["status"] for case in cases).keys() <= {"pass", "wrong"}, "an answer is a value, never a crash"

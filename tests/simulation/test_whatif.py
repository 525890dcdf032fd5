"""What-if on logs with a known truth: the predicted change of an intervention is near the true one."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FILE = Path(__file__).parents[2] / "bench" / "simulation" / "whatif.py"


def test_predicted_changes_are_within_a_twelfth_of_the_as_is_and_of_the_right_sign() -> None:
    spec = spec_from_file_location("bench_whatif", FILE)
    assert spec is not None
    assert spec.loader is not None
    whatif = module_from_spec(spec)
    sys.modules["bench_whatif"] = whatif
    spec.loader.exec_module(whatif)
    found = list(whatif.answers())
    assert len(found) == 4
    for one in found:
        assert one.error < 1 / 12, one
        assert one.truth * one.predicted > 0, one

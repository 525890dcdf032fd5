"""Roll-out: errors are kept however often one looks, pilots see everything, controls are alike."""

from __future__ import annotations

import numpy as np

from zaizao.redesign import PilotUnit, SequentialTest, Verdict, choose_units, matched_controls, roll_out


def stream(rng: np.random.Generator, faster: float, count: int) -> list[tuple[float, float]]:
    """Pairs of lognormal cycle times in which the new way takes ``faster`` of the control's time."""
    return list(zip(faster * rng.lognormal(8, 1, count), rng.lognormal(8, 1, count), strict=True))


def test_looking_after_every_case_keeps_the_error_rate() -> None:
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(200):
        test = SequentialTest()
        for pair in stream(rng, 1.0, 200):
            test = test.see(*pair)
        wrong += test.verdict is not Verdict.GO_ON
    assert wrong / 200 <= 0.05


def test_over_all_stages_together_the_error_rate_is_kept() -> None:
    rng = np.random.default_rng(6)
    wrong = sum(
        any(stage.verdict is not Verdict.GO_ON for stage in roll_out(stream(rng, 1.0, 400), most=100).stages)
        for _ in range(200)
    )
    assert wrong / 200 <= 0.05


def test_a_real_difference_is_found_long_before_the_end_and_a_worse_way_is_stopped() -> None:
    rng = np.random.default_rng(7)
    better = [roll_out(stream(rng, 0.4, 2000), most=500) for _ in range(20)]
    assert all(one.verdict is Verdict.BETTER for one in better)
    assert np.median([one.stages[0].pairs for one in better]) < 120
    worse = [roll_out(stream(rng, 2.5, 2000), most=500) for _ in range(20)]
    assert all(one.verdict is Verdict.WORSE and len(one.stages) == 1 for one in worse)


def test_the_interval_holds_the_truth_at_all_times_at_its_level() -> None:
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(150):
        test, always = SequentialTest(), True
        for won in (rng.random(200) < 0.55).tolist():
            test = test.see(0.0, 1.0) if won else test.see(1.0, 0.0)
            always &= test.low <= 0.55 <= test.high
        missed += not always
    assert missed / 150 <= 0.05


def test_a_verdict_once_reached_stands() -> None:
    test = SequentialTest()
    for _ in range(30):
        test = test.see(1.0, 2.0)
    assert test.verdict is Verdict.BETTER
    for _ in range(100):
        test = test.see(2.0, 1.0)
    assert test.verdict is Verdict.BETTER


UNITS = [
    PilotUnit("north", 40, {"retail": 0.9, "sme": 0.1}),
    PilotUnit("south", 42, {"retail": 1.0}),
    PilotUnit("west", 400, {"retail": 0.5, "sme": 0.4, "export": 0.1}),
    PilotUnit("east", 38, {"sme": 0.5, "export": 0.5}),
    PilotUnit("centre", 41, {"retail": 0.88, "sme": 0.12}),
]


def test_two_pilot_units_see_every_product_and_the_moderate_ones_come_first() -> None:
    chosen = choose_units(UNITS, count=2)
    assert {name for unit in chosen for name in unit.mix} == {"retail", "sme", "export"}
    small = choose_units([unit for unit in UNITS if unit.name != "west"], count=2)
    assert {name for unit in small for name in unit.mix} == {"retail", "sme", "export"}


def test_controls_are_the_units_most_alike_each_used_once() -> None:
    pilot = [unit for unit in UNITS if unit.name in ("north", "west")]
    found = matched_controls(pilot, UNITS)
    assert found["north"] == "centre"
    assert len(set(found.values())) == len(found) == 2
    assert not set(found.values()) & {"north", "west"}


def test_without_units_there_is_neither_pilot_nor_control() -> None:
    assert choose_units([], count=3) == ()
    assert matched_controls([], UNITS) == {}
    assert roll_out([], most=10).verdict is Verdict.GO_ON

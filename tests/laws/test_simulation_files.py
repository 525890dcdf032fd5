"""Law: read(write(scenario)) is the scenario, to the last digit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings, strategies as st

from zaizao.calendars import Holidays, WorkCalendar
from zaizao.simulation import (
    After,
    Arrivals,
    Batch,
    Branching,
    CaseAttribute,
    Condition,
    Distribution,
    Family,
    Origin,
    Resource,
    Role,
    Scenario,
    Work,
    read_scenario,
    scenario_text,
    write_scenario,
)

names = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1, max_size=8)
amounts = st.floats(0, 1e9, allow_nan=False)
positive = st.floats(1e-6, 1e6)
origins = st.sampled_from(Origin)
conditions = st.builds(
    Condition, names, st.lists(names, max_size=2).map(tuple), st.none() | amounts, st.none() | amounts
)
weights = st.dictionaries(names, amounts, min_size=1, max_size=3)
sizes = {Family.FIXED: 1, Family.UNIFORM: 2, Family.TRIANGULAR: 3, Family.NORMAL: 2, Family.EXPONENTIAL: 1,
         Family.LOGNORMAL: 2, Family.GAMMA: 2, Family.WEIBULL: 2}  # fmt: skip
distributions = st.one_of(
    st.sampled_from(list(sizes)).flatmap(
        lambda f: st.lists(positive, min_size=sizes[f], max_size=sizes[f]).map(lambda p: Distribution(f, tuple(p)))
    ),
    st.lists(amounts, min_size=1, max_size=5).map(lambda q: Distribution(Family.EMPIRICAL, tuple(sorted(q)))),
)
days = st.lists(st.integers(0, 1440), max_size=4, unique=True).map(
    lambda m: tuple(zip(sorted(m)[: len(m) // 2 * 2 : 2], sorted(m)[1 : len(m) // 2 * 2 : 2], strict=True))
)
calendars = st.builds(
    WorkCalendar, names, st.lists(days, min_size=7, max_size=7).map(tuple),
    st.sampled_from(["Asia/Shanghai", "UTC"]), st.sampled_from(Holidays),
)  # fmt: skip
pasts = st.lists(
    st.builds(After, st.lists(names, min_size=1, max_size=3).map(tuple), weights, st.none() | distributions), max_size=2
).map(tuple)
works = st.builds(
    Work, distributions, st.none() | names, st.lists(st.tuples(conditions, distributions), max_size=2).map(tuple),
    st.none() | distributions, st.booleans(), st.integers(0, 10**6), st.integers(-3, 3), origins, st.none() | names,
    st.lists(distributions, max_size=2).map(tuple), st.none() | names, pasts,
    st.none() | st.builds(Batch, st.integers(0, 50), amounts),
    st.lists(st.tuples(conditions, st.integers(-3, 3)), max_size=2).map(tuple),
)  # fmt: skip
branchings = st.builds(
    Branching, weights, st.lists(weights, max_size=2).map(tuple),
    st.lists(st.tuples(conditions, weights), max_size=2).map(tuple), origins, pasts,
)  # fmt: skip
plain_attributes = st.builds(CaseAttribute, st.just("x"), weights) | st.builds(
    CaseAttribute, st.just("x"), st.just({}), distributions, st.just(()), amounts
)
attributes = st.builds(
    lambda plain, cases: CaseAttribute(plain.name, plain.values, plain.number, cases, plain.step),
    plain_attributes, st.lists(st.tuples(conditions, plain_attributes), max_size=2).map(tuple),
)  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    rows = draw(st.dictionaries(names, calendars, max_size=2))
    resources = st.builds(
        Resource, names, names, st.integers(0, 10**6), st.booleans(), positive, st.floats(0, 0.99), st.integers(1, 9)
    )
    roles = draw(st.dictionaries(names, st.lists(resources, max_size=2), max_size=2))
    return Scenario(
        name=draw(names),
        start=draw(st.integers(0, 4 * 10**15)),
        arrivals=Arrivals(
            tuple(draw(st.lists(amounts, min_size=168, max_size=168))),
            draw(st.none() | names),
            draw(origins),
            draw(st.floats(-0.5, 0.5)),
            draw(st.none() | distributions),
        ),
        work=draw(st.dictionaries(names, works, max_size=3)),
        branching=draw(st.dictionaries(names, branchings, max_size=2)),
        timers=draw(st.dictionaries(names, distributions, max_size=2)),
        roles={name: Role(name, tuple(members)) for name, members in roles.items()},
        calendars={name: WorkCalendar(name, c.week, c.zone, c.holidays) for name, c in rows.items()},
        attributes=tuple(draw(st.lists(attributes, max_size=2))),
        notes=draw(st.dictionaries(names, names, max_size=2)),
        instances=draw(st.dictionaries(names, distributions, max_size=2)),
        rhythms=draw(st.dictionaries(names, st.lists(amounts, min_size=168, max_size=168).map(tuple), max_size=1)),
    )


@settings(max_examples=40, deadline=None)
@given(scenarios())
def test_a_scenario_survives_its_file(scenario: Scenario) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        write_scenario(scenario, path)
        again = read_scenario(path)
    assert again == scenario
    assert scenario_text(again) == scenario_text(scenario)

"""Search beside random search at equal budget on three processes, with seeds: ``python -m bench redesign``.

Three loads of the bundled pack's process (easy, as it is, crowded); hypervolume of the non-dominated combinations on median
cycle time, cost and manual share, as a share of the as-is box.
"""

from __future__ import annotations

from dataclasses import replace

from bench.measure import cpu_seconds
from zaizao.redesign import Options, gather, plan_of, search
from zaizao.scenarios import bundled, load
from zaizao.simulation import simulate

LOADS = (0.6, 1.0, 1.1)
SEEDS = (1, 2)


def main(evaluations: int = 60) -> None:
    """Print a row for each process and seed."""
    pack = load(bundled())
    for factor in LOADS:
        arrivals = replace(
            pack.scenario.arrivals, hourly=tuple(factor * rate for rate in pack.scenario.arrivals.hourly)
        )
        plan = plan_of(pack.process, replace(pack.scenario, arrivals=arrivals))
        facts = gather(simulate(plan.process, plan.scenario, cases=800, seed=3), plan)
        for seed in SEEDS:
            found: list[Options] = []
            spent = cpu_seconds(
                lambda seed=seed, plan=plan, facts=facts, found=found: found.append(  # type: ignore[misc]
                    search(plan, facts, seed=seed, cases=400, evaluations=evaluations, replications=2)
                ),
                repeats=1,
            )
            base = found[0].baseline
            print(
                f"load {factor:.1f} seed {seed}   search {base.search:.3f}   random {base.random:.3f}   "
                f"{base.evaluations} simulations each   cpu {spent:.1f} s"
            )

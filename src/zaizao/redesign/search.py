"""Search: which proposals together. First estimate → simulation → Pareto front, beside random search.

Theory: a combination is a set of proposals, at most one per group. First estimates pick which proposals take part. A
genetic search in the manner of NSGA-II on cycle time, cost, manual share and quality risk (front rank, crowding,
uniform crossover, add-drop-swap mutation) spends the budget on single-seed simulations with common random numbers;
random combinations spend the same budget as a baseline, compared on what was simulated. Options on the front are then
pruned (fewer moves for nearly the same gain, those of the least worth for their risk and effort first) and replicated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from zaizao.redesign.facts import Facts
from zaizao.redesign.moves import MOVES, apply_all, propose
from zaizao.redesign.options import AXES, Baseline, Objective, Option, Options, Trial, joint_risk, name_of
from zaizao.redesign.pareto import Values, crowding, hypervolume, ranks, spread_out
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Proposal
from zaizao.redesign.replication import gains, levels, replicated, run_once, seeds_of
from zaizao.redesign.steps import step_by_step
from zaizao.simulation import SimulationError

Genome = frozenset[int]
Watch = Callable[[int, int], None]

MOST_PROPOSALS = 40
PER_MOVE = 4
MOST_MOVES = 18
"""An option holds at most so many proposals: more a bank does not carry out in one go."""
POPULATION = 20
WORKERS = 2
PRUNING = 0.4
"""Share of the budget kept for pruning the options shown."""
NEARLY = 0.02
"""Pruned, an option may be worse than unpruned by this share of the as-is in each objective."""
P90_LIMIT = 1.1
"""An option whose 90th percentile exceeds the as-is by more than this factor is not shown, whatever its median."""
RISK_WEIGHT, EFFORT_WEIGHT = 0.3, 0.15
"""What joint risk and the largest effort weigh in the choice, against shares of the as-is figures."""
MUCH_EFFORT = 50.0
"""Person-days of one proposal that count as much."""
MEDIAN_GOAL = 0.7
MANUAL_GOAL = 0.2


@dataclass
class _Bench:
    """Evaluates combinations once each and remembers them; ``best`` is the least of what was asked for."""

    plan: Plan
    proposals: Sequence[Proposal]
    cases: int
    seed: int
    watch: Callable[[], None]
    by_keys: dict[tuple[str, ...], Mapping[Objective, float] | None] = field(default_factory=dict)
    by_genome: dict[Genome, tuple[tuple[str, ...], Mapping[Objective, float] | None]] = field(default_factory=dict)
    runs: int = 0
    lock: Lock = field(default_factory=Lock)

    def try_out(self, genome: Genome) -> Mapping[Objective, float] | None:
        """Objectives of one combination; None where it cannot run."""
        if genome not in self.by_genome:
            self.try_all([genome], self.runs + 1)
        return self.by_genome[genome][1]

    def try_all(self, genomes: Sequence[Genome], budget: int) -> None:
        """Try out genomes together, on ``WORKERS`` threads (the kernel lets go of the interpreter), within ``budget``."""
        plans: dict[tuple[str, ...], Plan] = {}
        for genome in genomes:
            if genome in self.by_genome:
                continue
            changed = apply_all(self.plan, [self.proposals[number] for number in sorted(genome)])
            keys = tuple(proposal.key for proposal in changed.applied)
            if keys not in self.by_keys and keys not in plans:
                if self.runs + len(plans) >= budget:
                    continue
                plans[keys] = changed
            self.by_genome[genome] = (keys, None)
        with ThreadPoolExecutor(WORKERS) as pool:
            for keys, values in zip(plans, pool.map(self._run, plans.values()), strict=True):
                self.by_keys[keys] = values
        for genome, (keys, _) in list(self.by_genome.items()):
            self.by_genome[genome] = (keys, self.by_keys[keys])

    def _run(self, plan: Plan) -> Mapping[Objective, float] | None:
        try:
            values = run_once(plan, self.cases, self.seed)
        except SimulationError:
            values = None
        with self.lock:
            self.runs += 1
            self.watch()
        return values

    def axes(self, genome: Genome) -> Values | None:
        """The front's axes as an array: what was simulated, and the quality risk of the proposals together."""
        values = self.try_out(genome)
        if values is None:
            return None
        return np.append(_axes(values), joint_risk([self.proposals[number] for number in sorted(genome)]))


def search(
    plan: Plan,
    facts: Facts,
    *,
    seed: int,
    cases: int = 1000,
    evaluations: int = 120,
    replications: int = 10,
    front: int = 6,
    targets: Mapping[Objective, float] | None = None,
    watch: Watch | None = None,
) -> Options:
    """Find the front of ``plan``'s redesigns. ``evaluations`` bounds the simulations of the search (the baseline takes
    as many again); ``targets`` are levels that the chosen option should reach (default: median −30 %, manual 20 %).

    ``watch(done, total)`` hears of every simulation. Raises ``SimulationError`` when the as-is cannot run.
    """
    offered = propose(plan, facts)
    proposals = shortlist(offered, facts)
    total = 2 * evaluations + replications * (front + 1)
    counter = _Counter(total, watch)
    seeds = seeds_of(seed, replications + 1)
    as_is_once = run_once(plan, cases, seeds[0])
    rng = np.random.default_rng(seed)
    bench = _Bench(plan, proposals, cases, seeds[0], counter.tick)
    bench.by_genome[frozenset()] = ((), as_is_once)
    bench.by_keys[()] = as_is_once
    _evolve(bench, facts, rng, round(evaluations * (1.0 - PRUNING)))
    shown = _pruned(bench, _front(bench, as_is_once, front), facts, as_is_once, evaluations)
    found = dict(bench.by_keys)
    random_part = _random_search(plan, proposals, cases, seeds[0], np.random.default_rng(seed + 1), bench.runs, counter)
    runs = replicated(plan, cases, seeds[1:])
    as_is = Option("as-is", name_of(()), (), plan, levels(runs, cases, seed), {}, 0.0, 0.0)
    options = []
    for genome in shown:
        changed = apply_all(plan, [proposals[number] for number in sorted(genome)])
        mine = replicated(changed, cases, seeds[1:])
        counter.tick(replications)
        applied = changed.applied
        options.append(
            Option(
                key="",
                name=name_of(applied),
                proposals=applied,
                plan=changed,
                figures=levels(mine, cases, seed),
                gains=gains(runs, mine, cases, seed),
                effort=sum(one.effort for one in applied),
                risk=joint_risk(applied),
            )
        )
    options = _numbered(options) or [as_is]
    chosen = _choose(options, as_is, targets)
    ordered = sorted(chosen.proposals, key=lambda one: (-_worth(one, facts), one.key))
    return Options(
        as_is=as_is,
        front=tuple(options),
        chosen=chosen,
        steps=step_by_step(plan, ordered, cases=cases, seed=seeds[0]),
        trials=_trials(found, proposals, options),
        proposals=tuple(offered),
        baseline=_baseline(as_is_once, found, random_part, bench.runs),
        seed=seed,
        cases=cases,
        replications=replications,
        evaluations=bench.runs,
    )


class _Counter:
    """Counts simulations towards a total and tells the watcher."""

    def __init__(self, total: int, watch: Watch | None) -> None:
        self.done, self.total, self.watch = 0, total, watch

    def tick(self, count: int = 1) -> None:
        """``count`` more simulations."""
        self.done += count
        if self.watch is not None:
            self.watch(min(self.done, self.total), self.total)


def shortlist(proposals: Sequence[Proposal], facts: Facts) -> list[Proposal]:
    """At most ``PER_MOVE`` proposals per move and ``MOST_PROPOSALS`` in all, by first estimate."""
    scored = sorted(proposals, key=lambda one: -_merit(one, facts))
    kept: list[Proposal] = []
    for move in MOVES:
        limit = PER_MOVE * 4 if move.name == "automate" else PER_MOVE
        kept += [one for one in scored if one.move == move.name][:limit]
    best = set(sorted(range(len(kept)), key=lambda at: -_merit(kept[at], facts))[:MOST_PROPOSALS])
    return [one for at, one in enumerate(kept) if at in best]


def _merit(proposal: Proposal, facts: Facts) -> float:
    """First estimates on one scale: shares of the as-is cycle time and cost, and points of manual share."""
    cost = sum(fact.visits * fact.cost for fact in facts.activities.values())
    gain = proposal.gain
    return gain.cycle / max(facts.cycle_time, 1.0) + gain.cost / max(cost, 1.0) + gain.manual


def _legal(genome: Iterable[int], proposals: Sequence[Proposal]) -> Genome:
    """At most one proposal per group and ``MOST_MOVES`` in all: the first in the order given stay."""
    taken: set[str] = set()
    kept = []
    for number in genome:
        group = proposals[number].group
        if group and group in taken:
            continue
        taken.add(group)
        kept.append(number)
    return frozenset(kept[:MOST_MOVES])


def _evolve(bench: _Bench, facts: Facts, rng: np.random.Generator, budget: int) -> None:
    count = len(bench.proposals)
    if count == 0:
        return
    population = _greedy(bench.proposals, facts)
    population += [_random_genome(bench.proposals, rng) for _ in range(max(POPULATION, budget // 5))]
    bench.try_all(population, budget)
    stale = 0
    while bench.runs < budget and stale < 50:
        before = bench.runs
        parents = _survivors(bench)
        children = []
        for _ in range(POPULATION):
            one, two = (parents[min(rng.integers(len(parents), size=2).tolist())] for _ in range(2))
            children.append(_mutated(_crossed(one, two, rng), bench.proposals, rng))
        bench.try_all(children, budget)
        stale = stale + 1 if bench.runs == before else 0


def _greedy(proposals: Sequence[Proposal], facts: Facts) -> list[Genome]:
    """The best first estimates together, by each objective and by all, in three sizes; and the best few alone."""
    views: tuple[Callable[[Proposal], float], ...] = (
        lambda one: _merit(one, facts),
        lambda one: one.gain.cycle,
        lambda one: one.gain.cost,
        lambda one: one.gain.manual,
    )
    found: list[Genome] = []
    for view in views:
        useful = [number for number in range(len(proposals)) if view(proposals[number]) > 0]
        order = sorted(useful, key=lambda number: -view(proposals[number]))
        found += [_legal(order[:size], proposals) for size in (len(order), len(order) // 2, len(order) // 4)]
        found += [frozenset({number}) for number in order[:2]]
    return [genome for genome in found if genome]


def _survivors(bench: _Bench) -> list[Genome]:
    genomes = [genome for genome, (_, values) in bench.by_genome.items() if values is not None]
    values = np.array([bench.axes(genome) for genome in genomes])
    rank, room = ranks(values), np.zeros(len(genomes))
    for front in np.unique(rank):
        room[rank == front] = crowding(values[rank == front])
    order = sorted(range(len(genomes)), key=lambda at: (rank[at], -room[at]))
    return [genomes[at] for at in order[:POPULATION]]


def _crossed(one: Genome, two: Genome, rng: np.random.Generator) -> set[int]:
    return {number for number in sorted(one | two) if (number in one and number in two) or rng.random() < 0.5}


def _shuffled(genome: set[int], rng: np.random.Generator) -> list[int]:
    """In an order of chance, so that what is over the limit falls out by chance."""
    return rng.permutation(sorted(genome)).tolist() if len(genome) > MOST_MOVES else sorted(genome)


def _mutated(genome: set[int], proposals: Sequence[Proposal], rng: np.random.Generator) -> Genome:
    for number in rng.choice(len(proposals), min(1 + int(rng.integers(3)), len(proposals)), replace=False).tolist():
        if number in genome:
            genome.remove(number)
        else:
            group = proposals[number].group
            genome -= {other for other in genome if group and proposals[other].group == group}
            genome.add(number)
    return _legal(_shuffled(genome, rng), proposals)


def _random_genome(proposals: Sequence[Proposal], rng: np.random.Generator) -> Genome:
    size = 1 + int(rng.integers(min(len(proposals), MOST_MOVES)))
    return _legal(rng.choice(len(proposals), size, replace=False).tolist(), proposals)


def _front(bench: _Bench, as_is: Mapping[Objective, float], count: int) -> list[Genome]:
    """Different non-dominated combinations that do not worsen the 90th percentile, well spread."""
    seen: dict[tuple[str, ...], Genome] = {}
    for genome, (keys, values) in bench.by_genome.items():
        if values is not None and keys and values[Objective.P90] <= P90_LIMIT * as_is[Objective.P90]:
            seen.setdefault(keys, genome)
    genomes = list(seen.values())
    if not genomes:
        return []
    points = np.array([bench.axes(genome) for genome in genomes])
    best = np.flatnonzero(ranks(points) == 0)
    return [genomes[best[at]] for at in spread_out(points[best], count)]


def _pruned(
    bench: _Bench, genomes: Sequence[Genome], facts: Facts, as_is: Mapping[Objective, float], budget: int
) -> list[Genome]:
    """The genomes with fewer proposals for nearly the same gain, as far as the budget goes.

    Proposals are left out in lots, half of them at first, those worth least for their risk and effort before the others;
    a lot whose absence costs too much is tried in halves.
    """
    lean: list[Genome] = []
    worth = [_worth(proposal, facts) for proposal in bench.proposals]
    for position, genome in enumerate(genomes):
        allowed = bench.runs + (budget - bench.runs) // (len(genomes) - position)
        first = bench.try_out(genome)
        limits = {} if first is None else {one: first[one] + NEARLY * as_is[one] for one in Objective}
        kept, lots = genome, [sorted(genome, key=lambda one: worth[one])]
        while lots and bench.runs < allowed and limits:
            lot = lots.pop(0)
            without = bench.try_out(kept - frozenset(lot)) if len(lot) < len(kept) else None
            if without is not None and all(without[one] <= limit for one, limit in limits.items()):
                kept -= frozenset(lot)
            elif len(lot) > 1:
                lots[:0] = [lot[: len(lot) // 2], lot[len(lot) // 2 :]]
        if kept not in lean:
            lean.append(kept)
    return lean


def _worth(proposal: Proposal, facts: Facts) -> float:
    """First estimate for risk and effort."""
    return _merit(proposal, facts) / (
        RISK_WEIGHT * proposal.risk + EFFORT_WEIGHT * proposal.effort / MUCH_EFFORT + 0.01
    )


def _random_search(
    plan: Plan,
    proposals: Sequence[Proposal],
    cases: int,
    seed: int,
    rng: np.random.Generator,
    budget: int,
    counter: _Counter,
) -> list[Values]:
    """The axes of random combinations, as many as the search simulated."""
    bench = _Bench(plan, proposals, cases, seed, counter.tick)
    for _ in range(20):
        if proposals and bench.runs < budget:
            bench.try_all([_random_genome(proposals, rng) for _ in range(budget - bench.runs)], budget)
    return [_axes(values) for values in bench.by_keys.values() if values is not None]


def _axes(values: Mapping[Objective, float]) -> Values:
    return np.array([values[axis] for axis in AXES])


def _baseline(
    as_is: Mapping[Objective, float],
    found: Mapping[tuple[str, ...], Mapping[Objective, float] | None],
    random_part: Sequence[Values],
    evaluations: int,
) -> Baseline:
    reference = np.maximum(_axes(as_is), 1e-9)

    def volume(rows: Sequence[Values]) -> float:
        scaled = np.array([row / reference for row in rows]).reshape(-1, len(AXES))
        best = scaled[ranks(scaled) == 0] if len(scaled) else scaled
        return hypervolume(best, np.ones(len(AXES)) * P90_LIMIT)

    mine = [_axes(values) for values in found.values() if values is not None]
    return Baseline(evaluations, volume(mine), volume(random_part))


def _numbered(options: Sequence[Option]) -> list[Option]:
    ordered = sorted(options, key=lambda one: one.figures[Objective.MEDIAN].value)
    return [replace(option, key=f"option-{number + 1}") for number, option in enumerate(ordered)]


def _choose(options: Sequence[Option], as_is: Option, targets: Mapping[Objective, float] | None) -> Option:
    """The option that falls least short of the targets; then better in all, safe and easy."""
    wanted = targets or {
        Objective.MEDIAN: MEDIAN_GOAL * as_is.figures[Objective.MEDIAN].value,
        Objective.MANUAL: MANUAL_GOAL,
    }
    effort = max((option.effort for option in options), default=0.0) or 1.0

    def badness(option: Option) -> float:
        levels = {objective: option.figures[objective].value for objective in Objective}
        was = {objective: max(as_is.figures[objective].value, 1e-9) for objective in Objective}
        short = sum(max(0.0, levels[objective] - target) / was[objective] for objective, target in wanted.items())
        rest = sum(levels[objective] / was[objective] for objective in Objective) / len(Objective)
        return short + 0.5 * rest + RISK_WEIGHT * option.risk + EFFORT_WEIGHT * option.effort / effort

    return min(options, key=badness)


def _trials(
    found: Mapping[tuple[str, ...], Mapping[Objective, float] | None],
    proposals: Sequence[Proposal],
    options: Sequence[Option],
) -> tuple[Trial, ...]:
    risks = {one.key: one for one in proposals}
    shown = {tuple(one.key for one in option.proposals) for option in options}
    return tuple(
        Trial(keys, values, joint_risk([risks[key] for key in keys]), keys in shown)
        for keys, values in found.items()
        if values is not None
    )

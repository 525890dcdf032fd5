"""A pack's own history: its as-is process simulated, then recorded as imperfectly as banks record.

Rule kept: pack, cases and seed determine every byte of the log.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zaizao.eventlog import MISSING, EventLog
from zaizao.scenarios.pack import Noise, Pack
from zaizao.simulation import simulate

_MINUTE = 60_000_000


def generate(pack: Pack, *, cases: int | None = None, seed: int | None = None) -> EventLog:
    """The event log of ``cases`` cases of the pack's as-is process (its own number and seed where not given)."""
    luck = pack.seed if seed is None else seed
    log = simulate(pack.process, pack.scenario, cases=cases or pack.cases, seed=luck)
    return replace(_recorded(log, pack.noise, np.random.default_rng(luck)), source=f"pack {pack.id}, seed {luck}")


def _recorded(log: EventLog, noise: Noise, luck: np.random.Generator) -> EventLog:
    """The log as it was recorded: performers forgotten, times rounded down to the minute."""
    human = ~log.event_table["automatic"].to_numpy()
    resource, start, end = log.resource.copy(), log.start.copy(), log.end.copy()
    never = [code for code, name in enumerate(log.activity_names) if name in noise.without_resource]
    forgotten = human & (luck.random(log.events) < noise.missing_resource)
    resource[forgotten | np.isin(log.activity, never)] = MISSING
    rough = human & (luck.random(log.events) < noise.whole_minutes)
    start[rough] -= start[rough] % _MINUTE
    end[rough] -= end[rough] % _MINUTE
    order = np.lexsort((start, end, log.case))
    # What a bank's systems keep: not when work became possible, nor what it cost.
    return replace(
        log,
        activity=log.activity[order],
        start=start[order],
        end=end[order],
        resource=resource[order],
        event_table=log.event_table.select("automatic")[order],
    )

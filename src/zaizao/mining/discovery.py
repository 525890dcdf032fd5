"""Discovery: from a log to an executable process model.

Rule kept: one verb with keyword arguments; filters say what share is kept, so that the reader knows what a model leaves
out. The model's tasks carry the activities' names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zaizao.bpmn import Definitions, layout
from zaizao.eventlog import EventLog
from zaizao.mining.blocks import to_bpmn
from zaizao.mining.enablement import overlapping
from zaizao.mining.errors import MiningError
from zaizao.mining.gateways import Edge, Graph, with_gateways
from zaizao.mining.graphs import directly_followed, heuristic, split
from zaizao.mining.inductive import inductive
from zaizao.mining.net import net_of, sound
from zaizao.mining.quality import Quality, quality
from zaizao.mining.spread import Bool
from zaizao.mining.sublog import Sublog, from_variants, gathered, projected
from zaizao.mining.variants import take, variants
from zaizao.problems import Problem, Text


class Method(StrEnum):
    """How a model is discovered."""

    BEST = "best"
    INDUCTIVE = "inductive"
    SPLIT = "split"
    HEURISTIC = "heuristic"
    DIRECTLY_FOLLOWS = "directly-follows"


SINGLE = (Method.INDUCTIVE, Method.SPLIT, Method.HEURISTIC, Method.DIRECTLY_FOLLOWS)


@dataclass(frozen=True, slots=True, eq=False)
class Discovered:
    """A model by one method with its quality."""

    method: Method
    model: Definitions
    quality: Quality


def discover(
    log: EventLog,
    *,
    method: Method | str = Method.INDUCTIVE,
    noise: float = 0.2,
    activities: float = 1.0,
    paths: float = 1.0,
) -> Definitions:
    """The process model of ``log``.

    ``noise`` in [0, 1) is the share below which a relation is taken for noise. ``activities`` in (0, 1] keeps the most
    frequent activities that make up this share of all executions; ``paths`` in (0, 1] keeps the most frequent
    variants that cover this share of all cases. Raises ``MiningError`` for an empty log or an unknown method.
    """
    if not log.events:
        raise MiningError(
            Problem(
                log.source or "log",
                Text("日志没有任何事件", "the log has no event"),
                Text("请检查筛选条件或日志文件", "check the filters or the file"),
                "mining.empty-log",
            )
        )
    chosen = _method(method)
    if chosen == Method.BEST:
        return discover_all(log, noise=noise, activities=activities, paths=paths)[0].model
    kept = filtered(log, activities=activities, paths=paths)
    return layout(_model(kept, log, chosen, noise))


def discover_all(log: EventLog, *, noise: float = 0.2, activities: float = 1.0, paths: float = 1.0) -> list[Discovered]:
    """A model by every method, measured on the whole ``log``, the best first.

    Sound models come before unsound ones; among them the harmonic mean of fitness and precision decides, then
    simplicity.
    """
    kept = filtered(log, activities=activities, paths=paths)
    found = []
    for method in SINGLE:
        model = _model(kept, log, method, noise)
        found.append(Discovered(method, layout(model), quality(log, model)))
    return sorted(found, key=lambda one: (not one.quality.sound, -one.quality.score, -one.quality.simplicity))


def _model(kept: Sublog, log: EventLog, method: Method, noise: float) -> Definitions:
    names, beside = log.activity_names, overlapping(log)
    match method:
        case Method.SPLIT:
            return _sound(kept, lambda denied: split(kept, noise, beside, denied), names, log.source)
        case Method.HEURISTIC:
            return _sound(kept, lambda denied: heuristic(kept, noise, beside, denied), names, log.source)
        case Method.DIRECTLY_FOLLOWS:
            return with_gateways(directly_followed(kept, noise), names, log.source)
        case _:
            return to_bpmn(inductive(kept, names, noise, beside), log.source)


def _sound(kept: Sublog, graph: Callable[[frozenset[Edge]], Graph], names: tuple[str, ...], title: str) -> Definitions:
    """The graph's model; where it is unsound, groups of parallel activities are put in order one after another.

    Without parallel activities every such model is sound, so this ends with a sound one.
    """
    everyone = set(kept.alphabet().tolist())
    denied: frozenset[Edge] = frozenset()
    while True:
        found = graph(denied)
        model = with_gateways(found, names, title)
        complete = everyone <= {node for edge in found.edges for node in edge}
        if not found.beside or (complete and _is_sound(model)):
            return model
        denied |= _largest_group(found.beside)


def _is_sound(model: Definitions) -> bool:
    try:
        return bool(sound(net_of(model)))
    except MiningError:
        return False


def _largest_group(pairs: frozenset[Edge]) -> frozenset[Edge]:
    """The pairs of the largest set of activities that are connected by ``pairs``."""
    groups: list[set[int]] = []
    for a, b in sorted(pairs):
        touched = [group for group in groups if a in group or b in group]
        groups = [group for group in groups if group not in touched] + [{a, b}.union(*touched)]
    largest = max(groups, key=lambda group: (len(group), -min(group)))
    return frozenset(pair for pair in pairs if pair[0] in largest)


def filtered(log: EventLog, *, activities: float = 1.0, paths: float = 1.0) -> Sublog:
    """The traces of ``log`` with frequent activities only, and of those the frequent variants."""
    traces = from_variants(variants(log))
    if activities < 1.0:
        keep = frequent(np.bincount(log.activity, minlength=len(log.activity_names)), activities)
        traces = projected(traces, keep[traces.steps])
    if paths < 1.0 and len(traces.count):
        wanted = paths * traces.count.sum()
        few = int(np.searchsorted(np.cumsum(traces.count), wanted - 1e-9)) + 1
        steps, offsets = take(traces.steps, traces.offsets, np.arange(min(few, len(traces.count))))
        traces = gathered(steps, offsets, traces.count[:few], traces.empty)
    return traces


def frequent(counts: np.typing.NDArray[np.integer], share: float) -> Bool:
    """Marks the fewest entries, largest first, whose sum reaches ``share`` of the whole; at least one."""
    order = np.argsort(-counts, kind="stable")
    running = np.cumsum(counts[order])
    enough = int(np.searchsorted(running, share * running[-1] - 1e-9)) + 1
    keep = np.zeros(len(counts), dtype=np.bool_)
    keep[order[:enough]] = True
    return keep & (counts > 0)


def _method(method: Method | str) -> Method:
    try:
        return Method(method)
    except ValueError:
        known = ", ".join(Method)
        raise MiningError(
            Problem(
                f"method={method}",
                Text("没有这种发现方法", "there is no such discovery method"),
                Text(f"可选：{known}", f"choose one of: {known}"),
                "mining.unknown-method",
            )
        ) from None

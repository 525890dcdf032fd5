"""Discovery: from a log to an executable process model.

Rule kept: one verb with keyword arguments; filters say what share is kept, so that the reader knows what a model leaves
out. The model's tasks carry the activities' names.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from zaizao.bpmn import Definitions, layout
from zaizao.eventlog import EventLog
from zaizao.mining.blocks import to_bpmn
from zaizao.mining.enablement import overlapping
from zaizao.mining.errors import MiningError
from zaizao.mining.inductive import inductive
from zaizao.mining.spread import Bool
from zaizao.mining.sublog import Sublog, from_variants, gathered, projected
from zaizao.mining.variants import take, variants
from zaizao.problems import Problem, Text


class Method(StrEnum):
    """How a model is discovered."""

    INDUCTIVE = "inductive"


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
    kept = filtered(log, activities=activities, paths=paths)
    match chosen:
        case Method.INDUCTIVE:
            return layout(to_bpmn(inductive(kept, log.activity_names, noise, overlapping(log)), log.source))


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

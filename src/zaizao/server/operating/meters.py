"""What the server counts and measures, for Prometheus.

Rule kept: labels have few values: routes are templates, statuses numbers, job types at most a hundred (the rest is one).
Counters follow what was committed; what was rolled back is not counted. Gauges are asked of the store when Prometheus
asks, at most every ten seconds.
"""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from zaizao.engine import (
    CaseCompleted,
    CaseCreated,
    CaseTerminated,
    Engine,
    IncidentRow,
    JobRow,
    JobState,
    Rejection,
    Store,
)
from zaizao.server.operating.tracing import Tracing

if TYPE_CHECKING:
    from zaizao.server.door.partitions import Partitions

MOST_TYPES = 100
OTHERS = "(others)"
ASKED_EVERY = 10.0
"""Seconds for which the gauges of a store are taken as still true."""
LATE = 1_000_000
"""µs after which a timer that has not fired is late."""
MOST_LATE = 10_000
JOB_STATES = {
    JobState.AVAILABLE: "waiting",
    JobState.ACTIVATED: "active",
    JobState.BACK_OFF: "backing-off",
    JobState.FAILED: "failed",
}
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ENTRIES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class _Watched(Protocol):
    """The two calls of a store that are watched."""

    append: Any
    commit: Any
    rollback: Any


class Meters:
    """The meters of one application; each has a registry of its own."""

    def __init__(self, partitions: Partitions, tracing: Tracing | None = None) -> None:
        self._partitions = partitions
        self._tracing = tracing
        self._watched: set[int] = set()
        self._asked_at = float("-inf")
        self._gauges: list[Metric] = []
        self.registry = CollectorRegistry()
        make: dict[str, Any] = {"registry": self.registry}
        labels = ("method", "route", "status")
        self.requests = Counter("zaizao_requests", "Requests answered.", labels, **make)
        self.request_seconds = Histogram(
            "zaizao_request_seconds", "From a request to its answer.", ("method", "route"), buckets=SECONDS, **make
        )
        self.commands = Counter("zaizao_commands", "Commands carried out and journaled.", **make)
        self.rejections = Counter("zaizao_rejections", "Commands that did not apply.", **make)
        self.started = Counter("zaizao_instances_started", "Process instances started.", **make)
        self.ended = Counter("zaizao_instances_ended", "Process instances ended.", ("how",), **make)
        self.commit_seconds = Histogram(
            "zaizao_commit_seconds", "Writing a batch and making it durable.", buckets=SECONDS, **make
        )
        self.batch_entries = Histogram("zaizao_batch_entries", "Commands in one batch.", buckets=ENTRIES, **make)
        ProcessCollector(registry=self.registry)
        self.registry.register(_Gauges(self))

    def page(self) -> bytes:
        """Everything, in Prometheus' text format."""
        self.watch_all()
        return generate_latest(self.registry)

    def watch_all(self) -> None:
        """Count what the partitions led here commit from now on."""
        for writer in self._partitions.led():
            if id(writer) not in self._watched:
                self._watched.add(id(writer))
                writer.do(lambda engine: self.watch(engine.store))

    def watch(self, store: Store) -> None:
        """Count what ``store`` commits. Its three calls are replaced on this one object: no other pays for it."""
        watched = cast(_Watched, store)
        append, commit, rollback = watched.append, watched.commit, watched.rollback
        found: Tally[type] = Tally()
        entries = 0

        def appending(case: int, at: int, events: list[Any]) -> int:
            nonlocal entries
            entries += 1
            for event in events:
                if type(event) in _COUNTED:
                    found[type(event)] += 1
            position: int = append(case, at, events)
            return position

        def committing() -> None:
            nonlocal entries
            if not entries:
                commit()
                return
            began = time.time_ns()
            commit()
            ended = time.time_ns()
            self._committed(found, entries, began, ended)
            entries = 0
            found.clear()

        def rolling_back() -> None:
            nonlocal entries
            entries = 0
            found.clear()
            rollback()

        watched.append, watched.commit, watched.rollback = appending, committing, rolling_back

    def _committed(self, found: Tally[type], entries: int, began: int, ended: int) -> None:
        self.commands.inc(entries)
        self.rejections.inc(found[Rejection])
        self.started.inc(found[CaseCreated])
        self.ended.labels("completed").inc(found[CaseCompleted])
        self.ended.labels("terminated").inc(found[CaseTerminated])
        self.commit_seconds.observe((ended - began) / 1e9)
        self.batch_entries.observe(entries)
        if self._tracing is not None:
            self._tracing.batch(began, ended, entries)

    def gauges(self) -> list[Metric]:
        """What the stores hold now, or held a few seconds ago."""
        now = time.monotonic()
        if now - self._asked_at > ASKED_EVERY:
            self._gauges = _families([writer.ask(_holds) for writer in self._partitions.led()])
            self._asked_at = now
        return self._gauges


_COUNTED = frozenset({Rejection, CaseCreated, CaseCompleted, CaseTerminated})


class _Gauges:
    """What a registry asks for the gauges."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from self._meters.gauges()


def _holds(engine: Engine) -> tuple[dict[tuple[Any, ...], int], int, int]:
    """Jobs by type and state, open incidents, late timers."""
    found = engine.store.tally(JobRow, (), ("job_type", "state"))
    jobs = {(job_type, state): count for job_type, state, count in found}
    late = engine.store.timers_due(engine.clock.now() - LATE, MOST_LATE)
    return jobs, engine.store.count(IncidentRow), len(late)


def _families(held: list[tuple[dict[tuple[Any, ...], int], int, int]]) -> list[Metric]:
    jobs: Tally[tuple[str, str]] = Tally()
    for found, _, _ in held:
        for (job_type, state), count in found.items():
            jobs[job_type, JOB_STATES[JobState(state)]] += count
    weights: Tally[str] = Tally()
    for (job_type, _), count in jobs.items():
        weights[job_type] += count
    named = {job_type for job_type, _ in weights.most_common(MOST_TYPES)}
    shown: Tally[tuple[str, str]] = Tally()
    for (job_type, state), count in jobs.items():
        shown[job_type if job_type in named else OTHERS, state] += count
    by_type = GaugeMetricFamily("zaizao_jobs", "Jobs there are.", labels=("type", "state"))
    for key, count in sorted(shown.items()):
        by_type.add_metric(key, count)
    incidents = GaugeMetricFamily("zaizao_incidents_open", "Open incidents.", value=sum(each[1] for each in held))
    late = GaugeMetricFamily("zaizao_timers_late", "Timers due and not fired.", value=sum(each[2] for each in held))
    return [by_type, incidents, late]

"""What is due: timers of elements, timed starts, jobs held too long, messages over time.

Rule kept: what was due while the engine was down fires late rather than never, each in its order, once a firing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine import commands as c, records as r, timers
from zaizao.engine.jobs import free_expired
from zaizao.engine.keys import case_of, local_of
from zaizao.engine.stores import StartRow
from zaizao.engine.waits import calendar_named

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime


def tick(runtime: Runtime, limit: int) -> int:
    """Do everything that is due by now, at most ``limit`` timers; how many things were done."""
    with runtime.batch():
        now = runtime.clock.now()
        done = free_expired(runtime) + runtime.post.expire()
        for row in runtime.store.timers_due(now, limit):
            runtime.tell(case_of(row.key), c.FireTimer(row.element, local_of(row.key)))
            done += 1
        for start in runtime.store.starts_due(now):
            _start(runtime, start)
            done += 1
        return done


def _start(runtime: Runtime, start: StartRow) -> None:
    following = None
    if start.remaining:
        node = runtime.library.executable(start.process).nodes[start.node]
        following = timers.next_of(start.cycle, start.due, runtime.zone, calendar_named(node, runtime.calendars))
    left = start.remaining - 1 if start.remaining > 0 else start.remaining
    if following is None:
        runtime.note(r.StartFired(start.key, 0, 0))
    else:
        runtime.note(r.StartFired(start.key, following, left))
    runtime.create(runtime.library.executable(start.process), c.Start({}, start.node))

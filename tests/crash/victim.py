"""A process that runs cases as fast as it can until it is killed.

It writes to standard output, one line each, what its store has committed: ``case <key>`` and ``done <job key>``.
"""

from __future__ import annotations

import sys

from engine.sketch import after, boundary, catch, model, sub
from zaizao.bpmn import Definitions
from zaizao.engine import Engine, SqliteStore, SystemClock


def definitions() -> Definitions:
    """Work, a parallel part, a sub-process with a timer on it, and a timer to wait for."""
    inner = sub("sub", "s -> bb -> t -> e", catch("t", after("PT0.02S")))
    return model(
        "s -> p -> aa -> p2\np -> sub -> p2 -> cc -> e\nb -> late -> e2", inner, boundary("b", "sub", after("PT1H"))
    )


def main(path: str) -> None:
    """Create, work, let timers fire, in transactions of several commands."""
    engine = Engine(SqliteStore(path), SystemClock())
    engine.deploy(definitions())
    while True:
        said = []
        with engine.batch():
            said += [f"case {engine.create('p')}" for _ in range(3)]
            for job_type in ("aa", "bb", "cc"):
                for job in engine.activate(job_type, "victim", 8, 60_000_000):
                    engine.complete(job.key)
                    said.append(f"done {job.key}")
            engine.tick()
        sys.stdout.write("".join(f"{line}\n" for line in said))
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])

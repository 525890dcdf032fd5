"""The same work by PM4Py, in an interpreter of its own that has it; prints one JSON object of CPU seconds.

Run by ``bench.mining`` with the interpreter that the environment variable ``ORACLE_PYTHON`` names.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import pm4py

DEFAULT = "chunk_regex"
"""PM4Py's reader where no extra is installed."""


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process and the result."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def main(fines: str, loans: str) -> None:
    """Time reading and kernels on ``fines``, the inductive miner on ``loans``."""
    seconds: dict[str, float] = {}
    kernels = {
        "directly_follows": pm4py.discover_dfg,
        "variants": pm4py.get_variants,
        "edge_times": pm4py.discover_performance_dfg,
    }
    frame = pm4py.read_xes(fines, variant=DEFAULT)
    for kernel in kernels.values():
        kernel(frame)
    seconds["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds["read"], _ = timed(lambda: pm4py.read_xes(fines, variant=DEFAULT))
    for name, kernel in kernels.items():
        seconds[name] = statistics.median(timed(lambda kernel=kernel: kernel(frame))[0] for _ in range(7))
    try:
        pm4py.read_xes(fines, variant="r4pm")
        seconds["read_r4pm"], _ = timed(lambda: pm4py.read_xes(fines, variant="r4pm"))
    except Exception:  # an older PM4Py has no such route
        seconds["read_r4pm"] = float("nan")
    log = pm4py.read_xes(loans, variant="iterparse")  # the default one fails on an attribute without a key
    complete = log[log["lifecycle:transition"].str.upper() == "COMPLETE"]
    pm4py.discover_process_tree_inductive(complete, noise_threshold=0.2)
    seconds["inductive"], _ = timed(lambda: pm4py.discover_process_tree_inductive(complete, noise_threshold=0.2))
    print(json.dumps(seconds))


main(*sys.argv[1:])

"""What PM4Py says of a table of events; run by an interpreter that has it: ``python pm4py_oracle.py table.parquet``."""

from __future__ import annotations

import json
import sys

import pandas
import pm4py


def main(path: str) -> None:
    """Print one JSON object: directly-follows counts, starts, ends, variants, and figures of every edge."""
    frame = pandas.read_parquet(path)
    graph, starts, ends = pm4py.discover_dfg(frame)
    times, _, _ = pm4py.discover_performance_dfg(frame)
    sys.stdout.write(
        json.dumps(
            {
                "follows": [[a, b, int(n)] for (a, b), n in graph.items()],
                "starts": {name: int(n) for name, n in starts.items()},
                "ends": {name: int(n) for name, n in ends.items()},
                "variants": [[list(names), int(n)] for names, n in pm4py.get_variants(frame).items()],
                "times": [[a, b, float(t["mean"]), float(t["median"]), float(t["sum"])] for (a, b), t in times.items()],
            }
        )
    )


main(sys.argv[1])

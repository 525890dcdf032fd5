"""The reference package on two CSV files; runs in an interpreter that has ``log-distance-measures``, prints JSON."""

from __future__ import annotations

import datetime
import json
import sys
import time

import pandas as pd
from log_distance_measures.absolute_event_distribution import absolute_event_distribution_distance
from log_distance_measures.circadian_event_distribution import circadian_event_distribution_distance
from log_distance_measures.config import EventLogIDs
from log_distance_measures.cycle_time_distribution import cycle_time_distribution_distance
from log_distance_measures.n_gram_distribution import n_gram_distribution_distance
from log_distance_measures.relative_event_distribution import relative_event_distribution_distance

IDS = EventLogIDs(case="case", activity="activity", start_time="start", end_time="end")


def frame(path: str, zone: str) -> pd.DataFrame:
    """The rows of a CSV with times in microseconds."""
    rows = pd.read_csv(path)
    for name in ("start", "end"):
        rows[name] = pd.to_datetime(rows[name], unit="us", utc=True).dt.tz_convert(zone)
    return rows


one, other = frame(sys.argv[1], sys.argv[3]), frame(sys.argv[2], sys.argv[3])
started = time.process_time()
found = {
    "ngram": n_gram_distribution_distance(one, IDS, other, IDS, n=3),
    "absolute": absolute_event_distribution_distance(one, IDS, other, IDS),
    "circadian": circadian_event_distribution_distance(one, IDS, other, IDS),
    "relative": relative_event_distribution_distance(one, IDS, other, IDS),
    "cycle_time": cycle_time_distribution_distance(one, IDS, other, IDS, datetime.timedelta(hours=1)),
}
found["cpu"] = time.process_time() - started
print(json.dumps(found))

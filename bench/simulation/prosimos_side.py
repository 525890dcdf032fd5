"""Prosimos on a process and its JSON scenario; runs in an interpreter that has ``prosimos``, prints JSON."""

from __future__ import annotations

import json
import sys
import time

from prosimos.simulation_engine import run_simulation

model, scenario, cases, log = sys.argv[1:5]
started = time.process_time()
run_simulation(model, scenario, int(cases), None, log, "2025-01-06T09:00:00+00:00")
print(json.dumps({"cpu": time.process_time() - started}))

"""The loop's figures: BPIC12 cold under 90 s and 2 GB, from a warm cache under 45 s, the demo under 60 s.

Run: ``.venv/bin/python -m bench loop``. Needs ``../shared/logs`` for BPIC12.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from bench.measure import command

ROOT = Path(__file__).parents[1]
BPIC12 = ROOT / ".." / "shared" / "logs" / "BPIC12.xes.gz"
ZAIZAO = Path(sys.executable).parent / "zaizao"


def main() -> None:
    """Print one row a figure: what, measured, target."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        rows = [
            ("demo (city-bank-loan)", [str(ZAIZAO), "reengineer", "city-bank-loan", "--out", str(out / "demo")], 60)
        ]
        if BPIC12.exists():
            again = [str(ZAIZAO), "reengineer", str(BPIC12), "--out", str(out / "bpic12")]
            rows += [("BPIC12, cold", again, 90), ("BPIC12, warm cache", again, 45)]
        else:
            print("BPIC12 left out: ../shared/logs is absent")
        for what, arguments, target in rows:
            run = command(arguments)
            print(
                f"{what:24} wall {run.wall:6.1f} s  cpu {run.cpu:6.1f} s  peak {run.megabytes:6.0f} MB  (< {target} s)"
            )
        shutil.rmtree(out, ignore_errors=True)

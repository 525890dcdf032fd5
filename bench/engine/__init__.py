"""Engine figures: the core alone, the whole engine in memory, and on SQLite with ``synchronous=FULL``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench.engine import core, dispute, durable, latency

SPIFF = "ZAIZAO_SPIFF_PYTHON"
"""The environment variable that names a Python with SpiffWorkflow, which then runs beside ours."""


def main() -> None:
    """Print the figures of one process; ``durable --postgres`` and ``--http`` are run by themselves."""
    core.main(20_000)
    durable.main(5_000, memory=True)
    durable.main(5_000, memory=False)
    if SPIFF in os.environ:
        subprocess.run([os.environ[SPIFF], str(Path(__file__).with_name("spiff.py"))], check=True)
    dispute.in_process(2_000)
    latency.main()

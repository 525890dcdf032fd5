"""Engine figures: the core alone, the whole engine in memory, and on SQLite with ``synchronous=FULL``."""

from __future__ import annotations

from bench.engine import core, durable


def main() -> None:
    """Print all three."""
    core.main(20_000)
    durable.main(5_000, memory=True)
    durable.main(5_000, memory=False)

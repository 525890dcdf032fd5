"""Benchmarks of work: what robots, documents and decisions do in a second."""

from __future__ import annotations

from bench.work import decisions, robots


def main() -> None:
    """Run them all."""
    decisions.main()
    robots.main()

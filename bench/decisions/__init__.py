"""Decisions: FEEL expressions and decision tables, beside zen-engine and pySFeel where they can be imported."""

from __future__ import annotations

from bench.decisions import dmn_tables, feel_expressions


def main() -> None:
    """Both in one run."""
    feel_expressions.main()
    dmn_tables.main()

"""Benchmarks of the capability centres and what they stand on: measures, ledger, matching, routing."""

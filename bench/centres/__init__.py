"""Benchmarks of the capability centres and what they stand on."""

"""Benchmarks: whole-process and in-process timings against named targets and peers, printed as figures and ratios."""

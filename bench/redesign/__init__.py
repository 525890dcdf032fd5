"""Redesign: the loop step by step, and search against random search."""

from bench.redesign.loop import main

__all__ = ["main"]

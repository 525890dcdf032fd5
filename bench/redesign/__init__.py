"""Redesign: the loop step by step, and search beside random search on three processes."""

from bench.redesign import beside_random, loop


def main() -> None:
    """Both."""
    beside_random.main()
    loop.main()


__all__ = ["main"]

"""``python -m bench [room ...]``: run the benchmarks of the named rooms, or of all."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import bench


def main(names: list[str]) -> None:
    """Run each benchmark module's ``main``."""
    found = [m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in {"measure", "__main__"}]
    for name in names or found:
        module = importlib.import_module(f"bench.{name}")
        if hasattr(module, "main"):
            print(f"== {name}")
            module.main()


main(sys.argv[1:])

"""The one place that meets the compiler: a typed door to numba, so that kernels stay checked Python.

Rule kept: only kernel modules import this one, and only when a kernel runs; importing the room stays cheap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba

Whole: TypeAlias = Any
"""A whole number inside compiled code, whichever of Python's and NumPy's it is."""

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile ``function`` to machine code on first call and keep the result on disk beside the module."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))


def inner(function: F) -> F:
    """Compile a function that only compiled functions call: no door to Python, no reference counts.

    Both cost far more than the work of a small function: in compile time the one, in every call the other.
    """
    options: dict[str, Any] = {
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "_nrt": False,
        "error_model": "numpy",
    }
    return cast(F, numba.njit(cache=True, nogil=True, **options)(function))

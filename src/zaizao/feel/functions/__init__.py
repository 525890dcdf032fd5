"""The built-in functions of FEEL (DMN 1.5, 10.3.4), one module per kind of argument."""

from . import contexts, conversions, lists, numbers, ranges, strings, temporal
from .registry import BUILT_INS, BuiltIn

__all__ = ["BUILT_INS", "BuiltIn", "contexts", "conversions", "lists", "numbers", "ranges", "strings", "temporal"]

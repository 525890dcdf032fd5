"""Counter-based random draws: the same (seed, case, place, visit, purpose) always gives the same number.

Rule kept: no draw depends on the order of events, so two scenarios that share a case and a place share its luck
(common random numbers). Uniforms come from splitmix64's finaliser (Steele, Lea, Flood 2014) over the mixed keys;
durations by inversion where the inverse is known (normal quantile: Wichura, AS 241), so that a changed parameter moves
a draw monotonically; gamma by Marsaglia and Tsang (2000) on a stream of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.compiled import Whole, compiled, inner

FIXED, UNIFORM, TRIANGULAR, NORMAL, EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL, EMPIRICAL = range(9)
DURATION, DELAY, BRANCH, TIMER, ATTRIBUTE, ARRIVAL, COUNT = np.arange(1, 8)
"""Purposes: separate streams at one place."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FIRST = np.int64(0)
_STEPS = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12))


@compiled
def mix(value: Any) -> Any:
    """splitmix64's finaliser on uint64 (scalars in kernels, arrays outside)."""
    value = value + _GOLDEN
    value = (value ^ (value >> _STEPS[0])) * _MIX_1
    value = (value ^ (value >> _STEPS[1])) * _MIX_2
    return value ^ (value >> _STEPS[2])


@inner
def fraction(bits: Any) -> float:
    """A uniform in the open interval (0, 1) from 64 bits."""
    return (float(bits >> _STEPS[3]) + 0.5) * 2.220446049250313e-16


@inner
def bits_at(seed: Any, case: Any, key: Any, visit: Whole, purpose: Whole) -> Any:
    """64 random bits for one draw; ``seed``, ``case`` and ``key`` are uint64."""
    return mix(mix(mix(seed ^ key) + case) + np.uint64(visit * 8 + purpose))


@inner
def normal_quantile(p: float) -> float:
    """The standard normal quantile (AS 241, PPND16; relative error about 1e-16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                  + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
               + 133.14166789178437745) * r + 3.387132872796366608  # fmt: skip
        den = ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                  + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
               + 42.313330701600911252) * r + 1.0  # fmt: skip
        return q * num / den
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        num = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                  + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
               + 4.6303378461565452959) * r + 1.42343711074968357734  # fmt: skip
        den = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                  + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
               + 2.05319162663775882187) * r + 1.0  # fmt: skip
    else:
        r -= 5.0
        num = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                  + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
               + 5.4637849111641143699) * r + 6.6579046435011037772  # fmt: skip
        den = ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                  + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
               + 0.59983220655588793769) * r + 1.0  # fmt: skip
    return -num / den if q < 0 else num / den


@inner
def _gamma(shape: float, bits: Any) -> float:
    """A gamma variate of scale 1 from the stream that ``bits`` opens."""
    boost = 1.0
    if shape < 1.0:
        bits = mix(bits)
        boost = fraction(bits) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        bits = mix(bits)
        x = normal_quantile(fraction(bits))
        v = (1.0 + c * x) ** 3
        bits = mix(bits)
        if v > 0.0 and math.log(fraction(bits)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v


@inner
def sample(family: Whole, p: NDArray[np.float64], bits: Any) -> float:
    """One draw of a distribution with parameters ``p`` (see ``Family``); never negative."""
    u = fraction(bits)
    x = 0.0
    if family == FIXED:
        x = p[0]
    elif family == UNIFORM:
        x = p[0] + u * (p[1] - p[0])
    elif family == TRIANGULAR:
        low, mode, high = p[0], p[1], p[2]
        if high <= low:
            x = low
        elif u < (mode - low) / (high - low):
            x = low + math.sqrt(u * (high - low) * (mode - low))
        else:
            x = high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
    elif family == NORMAL:
        x = p[0] + p[1] * normal_quantile(u)
    elif family == EXPONENTIAL:
        x = -p[0] * math.log1p(-u)
    elif family == LOGNORMAL:
        x = math.exp(p[0] + p[1] * normal_quantile(u))
    elif family == GAMMA:
        x = _gamma(p[0], bits) * p[1]
    elif family == WEIBULL:
        x = p[1] * (-math.log1p(-u)) ** (1.0 / p[0])
    else:
        at = u * (len(p) - 1)
        i = int(at)
        x = p[i] + (at - i) * (p[i + 1] - p[i]) if i + 1 < len(p) else p[i]
    return max(x, 0.0)


@compiled
def fractions(seed: Any, key: Any, purpose: Whole, count: Whole) -> NDArray[np.float64]:
    """A uniform for each of the first ``count`` cases."""
    out = np.empty(count)
    for case in range(count):
        out[case] = fraction(bits_at(seed, np.uint64(case), key, _FIRST, purpose))
    return out


@compiled
def samples(seed: Any, key: Any, purpose: Whole, cases: NDArray[np.int64], family: Whole,
            p: NDArray[np.float64]) -> NDArray[np.float64]:  # fmt: skip
    """One draw of a distribution for each of ``cases``."""
    out = np.empty(len(cases))
    for i in range(len(cases)):
        out[i] = sample(family, p, bits_at(seed, np.uint64(cases[i]), key, _FIRST, purpose))
    return out

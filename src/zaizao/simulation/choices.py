"""What the kernel looks up for a case: durations drawn, conditions, and what the case did last."""

from __future__ import annotations

from typing import Any

import numpy as np

from zaizao.simulation.compiled import Whole, inner
from zaizao.simulation.draws import bits_at, sample
from zaizao.simulation.net import CODE_BITS, Arrays
from zaizao.simulation.state import CASE, COUNTERS, LAST, MEMORY, RUN, State

_RUNS = np.uint64(40)
_NOWHERE = np.int64(-1)


@inner
def lucky(s: State, slot: Whole) -> Any:
    """The number under which a slot draws: its case's, and its own where it is a run of a multi-instance activity."""
    return np.uint64(s.slots[slot, CASE]) + (np.uint64(s.slots[slot, RUN]) << _RUNS)


@inner
def remembered(net: Arrays, s: State, slot: Whole, first: Whole, last: Whole, otherwise: Whole) -> Whole:
    """The row of the longest past in ``first:last`` that is the slot's own."""
    if first == last:
        return otherwise
    found, codes = _NOWHERE, np.int64(0)
    for length in range(1, MEMORY + 1):
        code = np.int64(s.slots[slot, LAST + length - 1])
        if code == 0:
            break
        codes = (codes << CODE_BITS) | code
        key = (np.int64(length) << (CODE_BITS * length)) | codes
        low, high = first, last
        while low < high:
            middle = (low + high) >> 1
            if net.pasts[middle, 0] < key:
                low = middle + 1
            else:
                high = middle
        if low < last and net.pasts[low, 0] == key:
            found = net.pasts[low, 1]
    return otherwise if found < 0 else int(found)


@inner
def draw(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole, distribution: Whole, purpose: Whole) -> Whole:
    """Microseconds of a duration drawn for this case, node and visit."""
    visit = np.int64(s.slots[slot, COUNTERS + node])
    bits = bits_at(seed, lucky(s, slot), net.nodes[node].key, visit, purpose)
    low, high = net.spans[distribution], net.spans[distribution + 1]
    drawn = sample(net.families[distribution], net.parameters[low:high], bits) * 1e6
    return int(min(drawn, 4e17) + 0.5)


@inner
def holds(s: State, slot: Whole, bit: Whole) -> bool:
    """Whether condition ``bit`` is true for the slot's case."""
    word = s.bits[s.slots[slot, CASE], bit >> 6]
    return bool(((word >> np.uint64(bit & 63)) & np.uint64(1)) == np.uint64(1))


@inner
def variant(net: Arrays, s: State, slot: Whole, first: Whole, last: Whole, otherwise: Whole) -> Whole:
    """The first variant whose condition holds for the slot's case."""
    for row in range(first, last):
        if holds(s, slot, net.variants[row, 0]):
            return int(net.variants[row, 1])
    return otherwise


@inner
def table_of(net: Arrays, s: State, slot: Whole, node: Whole) -> Whole:
    """The weights by which ``node`` chooses now: by condition, by what the case did last, by pass."""
    choice = net.choices[net.nodes[node].choice]
    visit = np.int64(s.slots[slot, COUNTERS + node]) - 1
    last = min(choice.pass_from + visit, choice.pass_to - 1)
    otherwise = remembered(net, s, slot, choice.past_from, choice.past_to, net.passes[last])
    return variant(net, s, slot, choice.variant_from, choice.variant_to, otherwise)

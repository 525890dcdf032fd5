"""Smaller nets with the same language: silent steps fused into their neighbours.

Rule kept: Berthelot's agglomerations (1987), on safe nets where only words matter. A silent step whose only effect is to
move tokens to one place may wait until that place is used; silent steps that alone empty a place may follow at once.
Either is done only where the net does not grow. Places that a guard looks at are left as they are.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.mining.net import Net, Transition


def reduced(net: Net) -> Net:
    """``net`` with silent steps fused away as far as these rules go."""
    found = list(dict.fromkeys(net.transitions))
    guarded = net.start | net.final
    for transition in found:
        guarded |= transition.some | transition.barred | transition.cleared
    places = [1 << k for k in range(net.places) if not guarded >> k & 1]
    changed = True
    while changed:
        changed = False
        for place in places:
            fused = _delayed(found, place) or _hastened(found, place)
            if fused is not None:
                found, changed = fused, True
    return replace(net, transitions=tuple(found))


def _parts(found: list[Transition], place: int) -> tuple[list[Transition], list[Transition], list[Transition]] | None:
    """Producers, consumers and the rest; ``None`` where the place is not in use or a step has it on both sides."""
    producers = [t for t in found if t.post & place]
    consumers = [t for t in found if t.pre & place]
    if not producers or not consumers or any(t.pre & place for t in producers):
        return None
    if len(producers) * len(consumers) > len(producers) + len(consumers):
        return None
    rest = [t for t in found if not (t.post | t.pre) & place]
    return producers, consumers, rest


def _delayed(found: list[Transition], place: int) -> list[Transition] | None:
    """All that fills the place is silent and does nothing else: let it happen together with what empties the place."""
    parts = _parts(found, place)
    if parts is None:
        return None
    producers, consumers, rest = parts
    if any(t.label is not None or t.post != place or _special(t) or not t.pre for t in producers):
        return None
    if any(_special(c) or p.pre & c.pre for p in producers for c in consumers):
        return None
    fused = [replace(c, pre=(c.pre & ~place) | p.pre) for p in producers for c in consumers]
    return list(dict.fromkeys((*rest, *fused)))


def _hastened(found: list[Transition], place: int) -> list[Transition] | None:
    """All that empties the place is silent and needs nothing else: let it happen together with what fills the place."""
    parts = _parts(found, place)
    if parts is None:
        return None
    producers, consumers, rest = parts
    if any(t.label is not None or t.pre != place or _special(t) for t in consumers):
        return None
    if any(_special(p) or (p.post & ~place) & c.post for p in producers for c in consumers):
        return None
    fused = [replace(p, post=(p.post & ~place) | c.post) for p in producers for c in consumers]
    return list(dict.fromkeys((*rest, *fused)))


def _special(transition: Transition) -> bool:
    return bool(transition.some | transition.barred | transition.cleared)

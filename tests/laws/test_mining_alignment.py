"""Laws of conformance: models allow their own words, costs are the true optimum, bounds hold what they promise."""

from __future__ import annotations

import heapq
import random

from hypothesis import given, settings, strategies as st
from pytest import MonkeyPatch

from mining.drawn import traces
from mining.play import trees, word
from zaizao.mining import Side, align, discover, precision, variants
from zaizao.mining.automaton import Automaton, automaton
from zaizao.mining.blocks import to_bpmn
from zaizao.mining.net import Net, net_of, sound
from zaizao.mining.tree import Tree

words = st.lists(st.text("abcdefg", min_size=1, max_size=7), min_size=1, max_size=5)


def dijkstra(net: Net, trace: str) -> int:
    """The optimum by plain search over markings: slow, and written apart from the package's search."""
    best = {(0, net.start): 0}
    queue = [(0, 0, net.start)]
    while queue:
        cost, place, marking = heapq.heappop(queue)
        if cost > best[place, marking]:
            continue
        if place == len(trace) and marking == 0:
            return cost
        nexts = [(cost + 1, place + 1, marking)] if place < len(trace) else []
        for transition in net.transitions:
            if transition.enabled(marking):
                after = net.fire(marking, transition)
                if transition.label is None:
                    nexts.append((cost, place, after))
                else:
                    nexts.append((cost + 1, place, after))
                    if place < len(trace) and trace[place] == transition.label:
                        nexts.append((cost, place + 1, after))
        for total, there, after in nexts:
            if total < best.get((there, after), 1 << 30):
                best[there, after] = total
                heapq.heappush(queue, (total, there, after))
    raise AssertionError("no end")


@settings(max_examples=25, deadline=None)
@given(trees(), st.randoms(use_true_random=False))
def test_a_model_allows_its_own_words_and_is_sound(tree: Tree, draw: random.Random) -> None:
    model = to_bpmn(tree)
    played = [line for line in (word(draw, tree) for _ in range(8)) if line]
    assert sound(net_of(model)) is True
    if played:
        assert align(traces(*played), model).fitness() == (1.0, 1.0)


@settings(max_examples=25, deadline=None)
@given(trees(6), words)
def test_costs_are_optimal_and_moves_add_up(tree: Tree, lines: list[str]) -> None:
    model = to_bpmn(tree)
    log = traces(*lines)
    found = align(log, model)
    net = net_of(model)
    assert found.exact
    for variant in range(len(found.variants)):
        trace = "".join(found.variants.sequence(variant))
        moves = found.moves(variant)
        assert int(found.upper[variant]) == dijkstra(net, trace)
        assert sum(move.side != Side.BOTH for move in moves) == found.upper[variant]
        assert "".join(m.activity for m in moves if m.side != Side.MODEL) == trace
        run = "".join(m.activity for m in moves if m.side != Side.LOG)
        assert run == "" or align(traces(run), model).upper[0] == 0


@settings(max_examples=25, deadline=None)
@given(trees(), words, st.integers(1, 30))
def test_bounds_hold_the_optimum_when_the_limit_is_hit(tree: Tree, lines: list[str], limit: int) -> None:
    model, log = to_bpmn(tree), traces(*lines)
    exact, limited = align(log, model), align(log, model, nodes=limit)
    assert (limited.lower <= exact.upper).all()
    assert (exact.upper <= limited.upper).all()
    low, high = limited.fitness()
    assert low - 1e-12 <= exact.fitness()[0] <= high + 1e-12


@settings(max_examples=25, deadline=None)
@given(trees(), words, st.integers(1, 60))
def test_bounds_hold_the_optimum_when_there_is_no_room_to_search(tree: Tree, lines: list[str], room: int) -> None:
    model, log = to_bpmn(tree), traces(*lines)
    exact = align(log, model)
    with MonkeyPatch.context() as patch:
        patch.setattr("zaizao.mining.alignment._SCRATCH", room)
        limited = align(log, model)
    assert (limited.lower <= exact.upper).all() and (exact.upper <= limited.upper).all()
    for variant in range(len(limited.variants)):
        moves = limited.moves(variant)
        assert sum(move.side != Side.BOTH for move in moves) == limited.upper[variant]


def language(model: Automaton, longest: int) -> set[str]:
    """All words of at most ``longest`` letters."""
    found, front = set(), [("", 0)]
    while front:
        here, state = front.pop()
        if model.final[state]:
            found.add(here)
        if len(here) < longest:
            for label, after in enumerate(model.step[state].tolist()):
                if after >= 0:
                    front.append((here + model.labels[label], after))
    return found


@settings(max_examples=25, deadline=None)
@given(trees(5), st.randoms(use_true_random=False))
def test_the_automaton_has_the_words_of_the_tree_and_no_others(tree: Tree, draw: random.Random) -> None:
    model = automaton(net_of(to_bpmn(tree)))
    allowed = language(model, 6)
    assert {line for line in (word(draw, tree) for _ in range(60)) if len(line) <= 6} <= allowed
    net = net_of(to_bpmn(tree))
    assert all(dijkstra(net, line) == 0 for line in sorted(allowed)[:10])
    assert len({(tuple(row), bool(end)) for row, end in zip(model.step.tolist(), model.final, strict=True)}) == (
        model.states
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("abcd", min_size=1, max_size=6), min_size=1, max_size=10))
def test_discovered_without_noise_fits_and_precision_is_a_share(lines: list[str]) -> None:
    log = traces(*lines)
    model = discover(log, noise=0.0)
    assert align(log, model).fitting() == 1.0
    value = precision(log, model).value
    assert 0.0 < value <= 1.0
    if len(variants(log)) == 1 and len(set(lines[0])) == len(lines[0]):
        assert value == 1.0

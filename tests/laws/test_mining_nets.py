"""Laws of conversion: a random sound model, its net, the net's PNML and the net's picture allow the same words."""

from __future__ import annotations

import random

from hypothesis import given, settings, strategies as st

from mining.drawn import traces
from mining.play import trees, word
from zaizao.mining import align, bpmn_of, petri_of, precision, read_pnml, write_pnml
from zaizao.mining.blocks import to_bpmn
from zaizao.mining.net import sound
from zaizao.mining.playing import played
from zaizao.mining.tree import Tree

words = st.lists(st.text("abcdefg", min_size=1, max_size=7), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(trees(6), words, st.randoms(use_true_random=False))
def test_costs_and_precision_are_the_same_in_every_form(tree: Tree, lines: list[str], draw: random.Random) -> None:
    model = to_bpmn(tree)
    net = read_pnml(write_pnml(petri_of(model)))
    assert sound(played(net)) is True
    log = traces(*lines, *(word(draw, tree) for _ in range(5)))
    wanted = align(log, model).upper.tolist()
    assert align(log, net).upper.tolist() == wanted
    assert align(log, bpmn_of(net)).upper.tolist() == wanted
    assert precision(log, net).value == precision(log, model).value

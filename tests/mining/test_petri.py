"""Petri nets: alignment, PNML in and out, and both ways between BPMN and nets, boundary and event gateways included."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.drawn import traces
from mining.test_conformance import gate, process, task
from zaizao.bpmn import (
    Event,
    EventPosition,
    GatewayKind,
    Process,
    SequenceFlow,
    SubProcess,
    TerminateDefinition,
    check,
)
from zaizao.mining import (
    Arc,
    MiningError,
    PetriNet,
    PetriTransition,
    align,
    bpmn_of,
    petri_of,
    precision,
    read_pnml,
    write_pnml,
)
from zaizao.mining.automaton import automaton
from zaizao.mining.playing import played

EXAMPLE = b"""<?xml version="1.0"?>
<pnml><net id="n"><page id="p"><page id="inner">
  <place id="i"><initialMarking><text>1</text></initialMarking></place><place id="m"/><place id="o"/>
  <transition id="a"><name><text>\xe6\x94\xb6\xe4\xbb\xb6</text></name></transition>
  <transition id="t"><name><text>tau</text></name>
    <toolspecific tool="ProM" version="6.4" activity="$invisible$"/></transition>
  <transition id="b"><name><text>b</text></name></transition></page>
  <referencePlace id="again" ref="m"/>
  <arc id="1" source="i" target="a"/><arc id="2" source="a" target="m"/>
  <arc id="3" source="again" target="b"/><arc id="4" source="b" target="o"/>
  <arc id="5" source="m" target="t"/><arc id="6" source="t" target="o"/>
</page></net></pnml>"""


def costs(model: object, *lines: str) -> list[int]:
    found = align(traces(*lines), model)  # type: ignore[arg-type]
    return [int(found.upper[v]) for v in found.variants.of_case.tolist()]


def scope_with_timeout() -> Process:
    inner = SubProcess(
        id="u",
        nodes=(
            Event(id="us", position=EventPosition.START), gate("g", GatewayKind.PARALLEL), task("a"), task("b"),
            gate("h", GatewayKind.PARALLEL), Event(id="ue", position=EventPosition.END),
        ),
        flows=tuple(
            SequenceFlow(id=f"u{k}", source=s, target=t)
            for k, (s, t) in enumerate([("us", "g"), ("g", "a"), ("g", "b"), ("a", "h"), ("b", "h"), ("h", "ue")])
        ),
    )  # fmt: skip
    timeout = Event(id="t", position=EventPosition.BOUNDARY, attached_to="u")
    return process([inner, timeout, task("c"), task("d")], "s>u u>c c>e t>d d>e")


MODELS = {
    "boundary event on a scope": scope_with_timeout(),
    "inclusive join": process(
        [gate("o", GatewayKind.INCLUSIVE), task("a"), task("b"), gate("j", GatewayKind.INCLUSIVE), task("c")],
        "s>o o>a o>b a>j b>j j>c c>e",
    ),
    "event gateway": process(
        [
            gate("g", GatewayKind.EVENT_BASED), *(Event(id=f"w{k}", position=EventPosition.CATCH) for k in "12"),
            task("a"), task("b"),
        ],
        "s>g g>w1 g>w2 w1>a w2>b a>e b>e",
    ),
    "reminder": process(
        [task("a"), Event(id="t", position=EventPosition.BOUNDARY, attached_to="a", interrupting=False), task("r"), task("b")],
        "s>a a>b b>e t>r r>e",
    ),
    "terminate": process(
        [
            gate("g", GatewayKind.PARALLEL), task("a"), task("b"),
            Event(id="k", position=EventPosition.END, definitions=(TerminateDefinition(),)),
        ],
        "s>g g>a g>b a>k b>e",
    ),
    "two ends at once": process(
        [gate("g", GatewayKind.PARALLEL), task("a"), task("b"), Event(id="e2", position=EventPosition.END)],
        "s>g g>a g>b a>e b>e2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_net_of_a_process_has_its_words_and_no_others(model: Process) -> None:
    net = read_pnml(write_pnml(petri_of(model)))
    ours, theirs = automaton(played(model)), automaton(played(net))
    order = [theirs.labels.index(label) for label in ours.labels]
    assert theirs.states == ours.states
    renumbered = {0: 0}
    front = [0]
    while front:
        state = front.pop()
        assert bool(ours.final[state]) == bool(theirs.final[renumbered[state]])
        for label, after in enumerate(ours.step[state].tolist()):
            there = int(theirs.step[renumbered[state], order[label]])
            assert (after < 0) == (there < 0)
            if after >= 0 and after not in renumbered:
                renumbered[after] = there
                front.append(after)
            assert after < 0 or renumbered[after] == there


def test_a_plain_process_becomes_a_plain_workflow_net_and_comes_back() -> None:
    model = process(
        [gate("x", GatewayKind.EXCLUSIVE), task("a"), task("b"), gate("y", GatewayKind.EXCLUSIVE), task("c")],
        "s>x x>a x>b a>y b>y y>c c>e",
    )
    net = petri_of(model)
    assert list(net.start.values()) == list(net.final.values()) == [1]
    back = bpmn_of(net)
    assert [p for p in check(back) if p.severity == "error" and not p.code.startswith("bpmn.run")] == []
    assert costs(back, "ac", "bc", "abc", "c") == costs(model, "ac", "bc", "abc", "c") == [0, 0, 1, 1]


def test_pages_references_silence_and_missing_final_markings_are_read(tmp_path: Path) -> None:
    net = read_pnml(EXAMPLE)
    assert [t.label for t in net.transitions] == ["收件", None, "b"]
    assert net.final == {"o": 1}
    assert costs(net, ["收件", "b"], ["收件"], "b") == [0, 0, 1]  # type: ignore[arg-type]
    (tmp_path / "n.pnml").write_bytes(write_pnml(net))
    again = read_pnml(tmp_path / "n.pnml")
    assert write_pnml(again) == write_pnml(net)
    assert again.transitions == net.transitions


def test_weights_and_several_tokens_are_counted() -> None:
    net = PetriNet(
        "pairs",
        ("i", "p", "o"),
        (PetriTransition("t", None), PetriTransition("a", "a"), PetriTransition("b", "b")),
        (Arc("i", "t"), Arc("t", "p", 4), Arc("p", "a", 2), Arc("a", "o"), Arc("p", "b"), Arc("b", "o")),
        {"i": 1},
        {"o": 3},
    )
    assert costs(net, "abb", "bab", "aa", "bbb") == [0, 0, 3, 2]
    assert precision(traces("abb", "bab", "bba"), net).value == 1.0


def test_a_net_that_grows_without_end_is_refused() -> None:
    net = PetriNet(
        "grows",
        ("i", "o"),
        (PetriTransition("a", "a"),),
        (Arc("i", "a"), Arc("a", "i", 1), Arc("a", "o")),
        {"i": 1},
        {"o": 1},
    )
    with pytest.raises(MiningError, match="unbounded"):
        align(traces("a"), net)


def test_a_choice_that_is_not_free_cannot_be_drawn_and_says_so() -> None:
    net = petri_of(MODELS["terminate"])
    with pytest.raises(MiningError, match="cannot be drawn"):
        bpmn_of(net)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<pnml", "not well-formed"),
        (b"<html/>", "no net element"),
        (b'<!DOCTYPE pnml [<!ENTITY a "b">]><pnml/>', "DOCTYPE"),
        (EXAMPLE.replace(b'source="i" target="a"', b'source="i" target="nowhere"'), "does not join"),
        (EXAMPLE.replace(b"<text>1</text>", b"<text>99999999999999999999</text>"), "no number"),
        (EXAMPLE.replace(b'id="m"', b'id="o"'), "missing or doubled|does not join"),
        (
            EXAMPLE.replace(b'<referencePlace id="again" ref="m"/>', b'<referencePlace id="again" ref="again"/>'),
            "does not join",
        ),
        (b"<pnml>" + b"<net>" * 400 + b"</net>" * 400 + b"</pnml>", "not well-formed"),
    ],
)
def test_hostile_and_broken_pnml_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(MiningError, match=words):
        read_pnml(content)

"""Laws of the two XES readers: the fast one agrees with the exact one, or steps aside."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import example, given, settings, strategies as st

from zaizao.eventlog import EventLog, LogError, xes as xes_room
from zaizao.eventlog.columns import Roles
from zaizao.eventlog.source import CHUNK, Form, Plain
from zaizao.eventlog.xes_regular import read_regular
from zaizao.eventlog.xes_tokens import IRREGULAR, Tables

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="2.0">\n'
pieces = st.sampled_from(
    [
        "<trace>", "</trace>", "<event>", "</event>", "</log>", "\n", " ", "<!-- -->", "x", "&", "<", '"', "\x01",
        '<string key="concept:name" value="甲 &amp; &#20057;"/>', '<string key="concept:name" value="乙"/>',
        '<string key="note" value="a\nb"/>', '<string key="note" value="&undefined;"/>', "<event/>",
        '<date key="time:timestamp" value="2024-02-29T09:00:00.123+08:00"/>',
        '<date key="time:timestamp" value="2023-02-29T09:00:00Z"/>',
        '<date key="time:timestamp" value="2024-03-01T09:00:00"/>', '<int key="n" value="7"/>',
        '<int key="n" value="seven"/>', '<float key="n" value="1.5"/>', '<boolean key="b" value="TRUE"/>',
        '<string value="keyless"/>', '<string key="case:x" value="y"/>', '<id key="u" value="1"/>',
        '<string key="nested" value="1"><int key="n" value="2"/></string>', "<list key='l'/>",
    ]
)  # fmt: skip


def event(names: tuple[str, str, int]) -> str:
    name, note, minute = names
    return (
        f'<event><string key="concept:name" value="{name}"/><string key="note" value="{note}"/>'
        f'<date key="time:timestamp" value="2024-03-01T09:{minute:02}:00.5+08:00"/><int key="n" value="{minute}"/></event>'
    )


words = st.sampled_from(["收件", "审批", "A &amp; B", "x", "007", "&lt;z&gt;"])
traces = st.lists(st.lists(st.tuples(words, words, st.integers(0, 59)), min_size=1, max_size=4), min_size=1, max_size=4)


def document(cases: list[list[tuple[str, str, int]]]) -> str:
    body = "\n".join(
        f'<trace><string key="concept:name" value="c{k}"/>{"".join(map(event, events))}</trace>'
        for k, events in enumerate(cases)
    )
    return f"{HEAD}{body}</log>\n"


def outcome(path: Path, folder: Path, *, fast: bool) -> EventLog | tuple[str, ...]:
    """The log, or the problems' codes; with ``fast`` through the compiled reader or not at all."""
    source = Plain(path, "x.xes", Form.XES, folder)
    original = xes_room.SMALL
    xes_room.SMALL = 0 if fast else 1 << 30
    try:
        return xes_room.read_xes(source, Roles(), None, None)
    except LogError as error:
        return tuple(problem.code for problem in error.problems)
    finally:
        xes_room.SMALL = original


def same(left: EventLog | tuple[str, ...], right: EventLog | tuple[str, ...]) -> bool:
    if not isinstance(left, EventLog) or not isinstance(right, EventLog):
        return left == right
    arrays = all(np.array_equal(getattr(left, c), getattr(right, c)) for c in ("case", "activity", "end", "resource"))
    names = left.case_names == right.case_names and left.activity_names == right.activity_names
    tables = left.event_table.select(sorted(left.event_table.columns)).equals(
        right.event_table.select(sorted(right.event_table.columns))
    )
    return arrays and names and tables and left.zone == right.zone


@settings(max_examples=150, deadline=None)
@given(traces, st.lists(st.tuples(st.floats(0, 1), pieces, st.integers(0, 3)), max_size=3))
@example([[("x", "x", 1)]], [(0.9, '<date key="time:timestamp" value="2024-03-01T09:00:00"/>', 0)])
def test_whatever_is_done_to_a_document_both_readers_say_the_same(
    cases: list[list[tuple[str, str, int]]], damage: list[tuple[float, str, int]]
) -> None:
    text = document(cases)
    for place, piece, cut in damage:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + cut :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.xes"
        path.write_bytes(text.encode())
        fast, exact = (outcome(path, Path(folder), fast=fast) for fast in (True, False))
        assert same(fast, exact), text
        if not damage:
            assert read_regular(path, "x") is not None


@settings(max_examples=40, deadline=None)
@given(traces, st.lists(st.integers(1, 200), min_size=1, max_size=30))
def test_where_blocks_end_makes_no_difference(cases: list[list[tuple[str, str, int]]], sizes: list[int]) -> None:
    text = document(cases).encode()
    body = text[text.index(b"<trace>") :] + b" " * 16
    whole = Tables()
    assert whole.feed(np.frombuffer(body, dtype=np.uint8)) == len(body)
    expected = whole.taken()
    pieces, tables, rest, at = [], Tables(), b"", 0
    for size in [*sizes, CHUNK]:
        block = rest + body[at : at + size]
        at += size
        consumed = tables.feed(np.frombuffer(block, dtype=np.uint8))
        assert consumed != IRREGULAR
        rest = block[consumed:]
        pieces.append(tables.taken())
    for name in ("row", "column", "value", "offset"):
        assert np.array_equal(np.concatenate([getattr(p, name) for p in pieces]), getattr(expected, name)), name

"""The drawn process map: well formed, in both languages, and no line crosses a box or a label."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings, strategies as st
from lxml import etree

from mining.drawn import timed, traces
from zaizao.mining import map_svg, process_map
from zaizao.mining.map_svg import _Drawing, short_duration, waiting_colour

SVG = "{http://www.w3.org/2000/svg}"


def test_every_activity_and_every_link_is_drawn_with_its_figures() -> None:
    log = timed([
        ("1", "收件 & 核对", 0, 10, "x"), ("1", "审批", 250, 260, "y"), ("1", "审批", 300, 320, "y"),
        ("2", "收件 & 核对", 0, 20, "x"), ("2", "审批", 2900, 2910, "y"),
    ])  # fmt: skip
    root = etree.fromstring(map_svg(process_map(log)))
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"收件 & 核对", "审批"} <= set(words)
    assert "3 · 10 分" in words
    assert "1.1 天" in words
    assert "1.1 d" in words
    assert len(root.findall(f".//{SVG}g[@class]")) == 4 + 4


def test_scales_run_from_pale_to_dark() -> None:
    assert waiting_colour(0.0) == "#FFF3E0"
    assert waiting_colour(1.0) == "#8A3B00"
    assert short_duration(200_000.0).zh == "2.3 天"
    assert short_duration(0.0).en == "0 s"


@settings(deadline=None)
@given(st.lists(st.text("abcdef", min_size=1, max_size=8), min_size=1, max_size=8))
def test_no_line_crosses_a_box_or_a_label(lines: list[str]) -> None:
    drawing = _Drawing(process_map(traces(*lines)), "zm")
    placed = drawing.placed
    for number, (corner, box) in enumerate(zip(placed.positions, drawing.boxes, strict=True)):
        for (source, target), route in zip(drawing.links, placed.routes, strict=True):
            if number in (source, target):
                continue
            for one, other in pairwise(route):
                across = min(one.x, other.x) < corner.x + box.width and max(one.x, other.x) > corner.x
                along = min(one.y, other.y) < corner.y + box.height and max(one.y, other.y) > corner.y
                assert not (across and along), (lines, number, source, target)


def test_an_empty_map_is_still_a_drawing() -> None:
    assert etree.fromstring(map_svg(process_map(traces()))).tag == f"{SVG}svg"

"""The performance spectrum: every single passage from one activity to the next, over time.

Rule kept: a line a passage, from when it left to when it arrived, coloured by how slow it was among passages of the same
segment (quartiles), so that batches (lines that meet), queues (parallel lines) and overtaking (crossing lines) can be
seen (Denisov, Fahland and van der Aalst, 2018). Times are µs UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

import numpy as np

from zaizao.eventlog import EventLog
from zaizao.mining.flow import followed
from zaizao.mining.spread import Int64

_COLOURS = ("#2F7DB5", "#8CB369", "#E0A030", "#B4341A")
_WIDTH, _BAND, _LEFT, _TOP, _GAP = 1100.0, 90.0, 210.0, 14.0, 26.0
_MOST = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """All passages ``source`` → ``target``: when each left and arrived, its quarter (0 fastest … 3 slowest), its case."""

    source: str
    target: str
    left: Int64
    arrived: Int64
    quarter: Int64
    case: Int64


def spectrum(log: EventLog, *, segments: int = 12, only: Sequence[tuple[str, str]] | None = None) -> list[Segment]:
    """The most frequent ``segments``, or those of ``only``; passages in the order in which they left."""
    size = max(len(log.activity_names), 1)
    rows = np.flatnonzero(followed(log))
    codes = log.activity[rows].astype(np.int64) * size + log.activity[rows + 1]
    known, counts = np.unique(codes, return_counts=True)
    if only is None:
        chosen = known[np.argsort(-counts, kind="stable")][:segments].tolist()
    else:
        number = {name: k for k, name in enumerate(log.activity_names)}
        chosen = [number[a] * size + number[b] for a, b in only if a in number and b in number]
    found = []
    for code in chosen:
        mine = rows[codes == code]
        if not len(mine):
            continue
        mine = mine[np.argsort(log.end[mine], kind="stable")]
        left, arrived = log.end[mine], log.end[mine + 1]
        bounds = np.quantile(arrived - left, (0.25, 0.5, 0.75))
        quarter = np.searchsorted(bounds, arrived - left, side="left").astype(np.int64)
        a, b = divmod(int(code), size)
        case = log.case[mine].astype(np.int64)
        found.append(Segment(log.activity_names[a], log.activity_names[b], left, arrived, quarter, case))
    return found


def spectrum_svg(found: Sequence[Segment], *, zone_offset_us: int = 0) -> str:
    """``found`` as one self-contained SVG, a band a segment; at most 4,000 lines a band (every n-th, said in the band)."""
    since = min((int(one.left[0]) for one in found), default=0)
    until = max((int(one.arrived.max()) for one in found), default=1)
    scale = (_WIDTH - _LEFT - 20) / max(until - since, 1)
    height = _TOP + len(found) * (_BAND + _GAP) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}" '
        f'height="{height:.0f}" font-family="Inter, Noto Sans CJK SC, sans-serif" font-size="12">'
    ]
    for number, one in enumerate(found):
        top = _TOP + number * (_BAND + _GAP)
        step = max(1, -(-len(one.left) // _MOST))
        shown = f"{len(one.left):,}" + (f" (1/{step})" if step > 1 else "")
        parts.append(
            f'<text x="8" y="{top + 14:.0f}">{escape(one.source)}</text>'
            f'<text x="8" y="{top + _BAND:.0f}">{escape(one.target)}</text>'
            f'<text x="8" y="{top + _BAND / 2 + 6:.0f}" fill="#5B6673">{shown}</text>'
            f'<path d="M{_LEFT} {top:.0f}H{_WIDTH - 20}M{_LEFT} {top + _BAND:.0f}H{_WIDTH - 20}" stroke="#C9CED6"/>'
        )
        for quarter, colour in enumerate(_COLOURS):
            mine = np.flatnonzero(one.quarter == quarter)[::step]
            lines = "".join(
                f"M{_LEFT + (a - since) * scale:.1f} {top:.0f}L{_LEFT + (b - since) * scale:.1f} {top + _BAND:.0f}"
                for a, b in zip(one.left[mine].tolist(), one.arrived[mine].tolist(), strict=True)
            )
            if lines:
                parts.append(f'<path d="{lines}" stroke="{colour}" stroke-width="0.7" opacity="0.55" fill="none"/>')
    for place in range(6):
        moment = since + (until - since) * place // 5
        x = _LEFT + (moment - since) * scale
        parts.append(
            f'<text x="{x:.0f}" y="{height - 8:.0f}" text-anchor="middle" fill="#5B6673">{_day(moment + zone_offset_us)}</text>'
        )
    return "".join([*parts, "</svg>\n"])


def _day(microseconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).strftime("%Y-%m-%d")

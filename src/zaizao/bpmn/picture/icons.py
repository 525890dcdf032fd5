"""Icons of the notation as paths on a 16 by 16 field (BPMN 2.0.2 sections 10.3 to 10.6: the shapes' looks).

Rule kept: one table, one drawing per icon; class ``l`` is drawn as a line, ``t`` as a thin one, ``f`` filled with ink,
``p`` as a line in the colour of paper upon ink.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, pi, sin


def _gear() -> str:
    teeth, points = 8, []
    for tooth in range(teeth):
        start = 2 * pi * tooth / teeth
        for angle, radius in ((-0.24, 5.0), (-0.15, 6.8), (0.15, 6.8), (0.24, 5.0)):
            points.append(f"{8 + radius * cos(start + angle):.2f} {8 + radius * sin(start + angle):.2f}")
    return "M" + "L".join(points) + "zM10.2 8a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z"


_ENVELOPE = "M1.8 3.5h12.4v9H1.8z"
_FLAP = "M1.8 3.5 8 8.7l6.2-5.2"

ICONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "user": (("l", "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.3 14.3c.4-2.9 2.6-4.4 5.7-4.4s5.3 1.5 5.7 4.4z"),),
    "service": (("l", _gear()),),
    "script": (
        ("l", "M4.4 1.8h8c-2.4 2-2.4 4.1 0 6.2s2.4 4.2 0 6.2h-8.8c2.4-2 2.4-4.1 0-6.2s-1.6-4.2.8-6.2z"),
        ("l", "M5.4 4.6h4.4M6 8h4.8M6.4 11.4h4.8"),
    ),
    "rule": (
        ("f", "M1.8 3h12.4v3.2H1.8z"),
        ("l", "M1.8 3h12.4v10H1.8zM1.8 9.6h12.4M5.8 6.2V13"),
    ),
    "send": (("f", _ENVELOPE), ("p", _FLAP)),
    "receive": (("l", _ENVELOPE), ("l", _FLAP)),
    "manual": (
        (
            "l",
            "M2 9.6V5.9c0-1 1.4-1 1.4 0v2.2-5c0-1 1.5-1 1.5 0v4.3-5.1c0-1 1.5-1 1.5 0v5.1-4.3c0-1 1.5-1 1.5 0v6.1"
            "l2-2c.9-.8 2 .2 1.3 1.2l-3 4.2c-.6.8-1.2 1-2.2 1h-.9C3.4 13.6 2 12 2 9.6z",
        ),
    ),
    "message.throw": (("f", _ENVELOPE), ("p", _FLAP)),
    "message": (("l", _ENVELOPE), ("l", _FLAP)),
    "timer": (
        ("l", "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0z"),
        ("l", "M8 4v4l2.8 1.7M8 1.8v1.3M8 12.9v1.3M1.8 8h1.3M12.9 8h1.3"),
    ),
    "error": (("l", "M2.6 13.4 6 4.2 9.6 9l3.8-6.4L10 11.8 6.4 7z"),),
    "error.throw": (("f", "M2.6 13.4 6 4.2 9.6 9l3.8-6.4L10 11.8 6.4 7z"),),
    "escalation": (("l", "M8 2 12.2 13.6 8 9.4l-4.2 4.2z"),),
    "escalation.throw": (("f", "M8 2 12.2 13.6 8 9.4l-4.2 4.2z"),),
    "signal": (("l", "M8 2.4 14 13H2z"),),
    "signal.throw": (("f", "M8 2.4 14 13H2z"),),
    "conditional": (("l", "M3.2 2h9.6v12H3.2zM5.2 5h5.6M5.2 8h5.6M5.2 11h5.6"),),
    "link": (("l", "M2 6h6V3l6 5-6 5v-3H2z"),),
    "link.throw": (("f", "M2 6h6V3l6 5-6 5v-3H2z"),),
    "compensation": (("l", "M7.6 3.6v8.8L1.6 8zM13.8 3.6v8.8L7.8 8z"),),
    "compensation.throw": (("f", "M7.6 3.6v8.8L1.6 8zM13.8 3.6v8.8L7.8 8z"),),
    "terminate": (("f", "M14.6 8A6.6 6.6 0 1 1 1.4 8a6.6 6.6 0 0 1 13.2 0z"),),
    "cancel": (("l", "M3 4.6 4.6 3 8 6.4 11.4 3 13 4.6 9.6 8l3.4 3.4-1.6 1.6L8 9.6 4.6 13 3 11.4 6.4 8z"),),
    "cancel.throw": (("f", "M3 4.6 4.6 3 8 6.4 11.4 3 13 4.6 9.6 8l3.4 3.4-1.6 1.6L8 9.6 4.6 13 3 11.4 6.4 8z"),),
    "multiple": (("l", "M8 1.9l6.2 4.5-2.4 7.2H4.2L1.8 6.4z"),),
    "multiple.throw": (("f", "M8 1.9l6.2 4.5-2.4 7.2H4.2L1.8 6.4z"),),
    "parallel": (("l", "M6.3 2h3.4v4.3H14v3.4H9.7V14H6.3V9.7H2V6.3h4.3z"),),
    "exclusiveGateway": (("g", "M4 4l8 8M12 4l-8 8"),),
    "parallelGateway": (("g", "M8 2v12M2 8h12"),),
    "inclusiveGateway": (("g", "M13.6 8A5.6 5.6 0 1 1 2.4 8a5.6 5.6 0 0 1 11.2 0z"),),
    "complexGateway": (("g", "M8 2v12M2 8h12M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4"),),
    "eventBasedGateway": (
        ("t", "M15.4 8A7.4 7.4 0 1 1 .6 8a7.4 7.4 0 0 1 14.8 0zM13.8 8A5.8 5.8 0 1 1 2.2 8a5.8 5.8 0 0 1 11.6 0z"),
        ("t", "M8 4.4l3.5 2.6-1.3 4.1H5.8L4.5 7z"),
    ),
    "loop": (("l", "M10.6 12.8a5.4 5.4 0 1 0-5.8-.4M2.4 12.8h2.8V10"),),
    "each": (("g", "M4 3v10M8 3v10M12 3v10"),),
    "sequence": (("g", "M3 4h10M3 8h10M3 12h10"),),
    "adHoc": (("g", "M2.5 9.4c1.2-3 3.5-2.8 5.5-1.2s4.3 1.8 5.5-1.2"),),
    "collapsed": (("l", "M2 2h12v12H2zM8 5v6M5 8h6"),),
}


def icon(name: str, x: float, y: float, size: float) -> str:
    """The icon with its upper left corner at (x, y)."""
    paths = "".join(f'<path class="{style}" d="{path}"/>' for style, path in ICONS[name])
    return f'<g transform="translate({x:g} {y:g}) scale({size / 16:g})">{paths}</g>'

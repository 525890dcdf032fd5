"""Soak: hostile FEEL texts and broken DMN files for as long as you like; no crash, no hang, no growth.

    PYTHONPATH=src python -m bench.decisions.soak feel 600 1
    PYTHONPATH=src python -m bench.decisions.soak xml 600 1

Prints every input that raised something other than the room's own error or took over two CPU seconds, then what was
tried and the peak memory. Seeds are the expressions and files of the public kit beside the repository.
"""

from __future__ import annotations

import random
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from zaizao import dmn, feel

KIT = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "dmn-tck"
SLOW = 2.0
WORDS = ["for", "in", "return", "(", ")", "[", "]", "{", "}", "..", "item", "?", "**", "-", "not", "@\"P1D\"", "\"", "1e9"]  # fmt: skip
VARIABLES = ["a", "x", "s"]


def mangled(text: str, rng: random.Random, others: list[str]) -> str:
    """``text`` with a few pieces dropped, doubled, swapped, replaced, nested, or a strange character put in."""
    for _ in range(rng.randint(1, 4)):
        pieces = re.findall(r"\s*(?:\w+|\W)", text) or [""]
        at = rng.randrange(len(pieces))
        match rng.randrange(6):
            case 0:
                pieces[at] = ""
            case 1:
                pieces.insert(at, " " + rng.choice(WORDS))
            case 2:
                pieces[at] = " " + rng.choice(WORDS)
            case 3:
                pieces[at] = f" ({rng.choice(others)})"
            case 4:
                other = rng.randrange(len(pieces))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case _:
                pieces.insert(at, chr(rng.choice([0, 34, 92, 40, 91, 123, 0x1F600, 0xD7FF, 0xFEFF, 60, 38])))
        text = "".join(pieces)[:4000]
    return text


def mangled_inside(text: str, rng: random.Random, others: list[str]) -> str:
    """A file that mostly stays XML: a few texts or attribute values mangled, else the file itself."""
    if rng.random() < 0.2:
        return mangled(text, rng, others)
    for _ in range(rng.randint(1, 3)):
        spans = [match.span(1) for match in re.finditer(r'(?:>|=")([^<>"]{1,200})(?=[<"])', text)]
        begin, end = rng.choice(spans or [(0, 0)])
        broken = mangled(text[begin:end], rng, VARIABLES)
        text = text[:begin] + re.sub(r'[<&"]', "", broken) + text[end:]
    return text


def ask_feel(text: str) -> None:
    """Check, compile and evaluate one text."""
    feel.check(text, names=VARIABLES)
    try:
        expression = feel.compile(text, names=VARIABLES)
    except feel.FeelError:
        return
    value = expression.evaluate({"a": feel.to_feel(3), "x": feel.to_feel([1, 2, 3]), "s": "text"})
    feel.string_of(value)


def ask_xml(text: str) -> None:
    """Check one file, and evaluate its decisions with nothing known."""
    content = text.encode("utf-8", "surrogatepass")
    dmn.check(content)
    try:
        model = dmn.compile(dmn.read(content))
        for element in model.definitions.elements:
            if isinstance(element, dmn.Decision):
                model.evaluate(element.name, {})
    except dmn.DmnError:
        return


Mangle = Callable[[str, random.Random, list[str]], str]


def soak(ask: Callable[[str], None], mangle: Mangle, seeds: list[str], seconds: float, seed: int) -> None:
    """Ask mangled seeds for ``seconds`` on the clock."""
    rng, tried, bad = random.Random(seed), 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = mangle(rng.choice(seeds), rng, seeds)
        began = time.process_time()
        try:
            ask(text)
        except Exception as fault:
            bad += 1
            print(f"CRASH {type(fault).__name__}: {str(fault)[:200]} on {text[:500]!r}", flush=True)
        spent = time.process_time() - began
        if spent > SLOW:
            bad += 1
            print(f"SLOW {spent:.1f} s on {text[:300]!r}", flush=True)
        tried += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{tried:,} inputs in {seconds:.0f} s: {bad} bad, peak {peak} MB")


def main(kind: str, seconds: float, seed: int) -> None:
    """Soak ``feel`` or ``xml``."""
    files = [path.read_text("utf-8") for path in sorted(KIT.rglob("*.dmn"))]
    if kind == "xml":
        soak(ask_xml, mangled_inside, [text for text in files if len(text) < 20_000], seconds, seed)
        return
    texts = sorted({text for file in files for text in re.findall(r"<(?:\w+:)?text>([^<]{1,400})</", file)})
    soak(ask_feel, mangled, texts, seconds, seed)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))

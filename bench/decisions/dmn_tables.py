"""Decision tables: our rates and, in the same run, those of zen-engine where it can be imported.

    PYTHONPATH=src python bench/decisions/dmn_tables.py

Rates are questions per CPU second on one core. Rules: five inputs (two numeric intervals, a word, a list of words, a
truth value). zen-engine (``pip install zen-engine``) gets the same rules and is asked one question at a time, as its
interface has it; its answers are compared with ours first.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from zaizao.dmn import (
    Decision,
    DecisionTable,
    Definitions,
    HitPolicy,
    InformationItem,
    Input,
    InputData,
    LiteralExpression,
    Output,
    Requirement,
    RequirementKind,
    Rule,
    compile,
    read,
    write,
)

try:
    import zen
except ImportError:
    zen = None

KIT = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "dmn-tck" / "TestCases"
PRODUCTS = ("standard", "special", "mortgage", "card")
REGIONS = tuple(f"r{number}" for number in range(20))
INPUTS = (
    ("amount", "number"),
    ("score", "number"),
    ("product", "string"),
    ("region", "string"),
    ("existing", "boolean"),
)
ROWS = 20_000


def rules(count: int, width: int, random_: random.Random) -> list[tuple[str, ...]]:
    """Cells of ``count`` rules; ``width`` widens the intervals, so that more rules hit."""
    found = []
    for _ in range(count):
        low = random_.randrange(0, 100) * 1000
        score = random_.randrange(300, 850, 10)
        found.append(
            (
                f"[{low}..{low + random_.randrange(1, 20) * 1000 * width})",
                f">= {score}" if random_.random() < 0.5 else f"< {score}",
                f'"{random_.choice(PRODUCTS)}"',
                ", ".join(f'"{region}"' for region in random_.sample(REGIONS, 5)),
                random_.choice(("true", "false", "-")),
            )
        )
    return found


def model(cells: list[tuple[str, ...]], policy: HitPolicy) -> Definitions:
    """The rules as a model; rule n answers ``"route n"``."""
    table = DecisionTable(
        tuple(Input(LiteralExpression(name, type=kind)) for name, kind in INPUTS),
        (Output("route", "string"),),
        tuple(Rule(row, (f'"route {number}"',)) for number, row in enumerate(cells)),
        hit_policy=policy,
    )
    needs = tuple(Requirement(name, RequirementKind.INPUT) for name, _ in INPUTS)
    data = tuple(InputData(name, name, InformationItem(name, kind)) for name, kind in INPUTS)
    return Definitions("urn:bench", "bench", (*data, Decision("route", "route", table, information=needs)))


def questions(count: int, random_: random.Random) -> list[dict[str, object]]:
    """Random inputs, numbers as ``int``."""
    return [
        {
            "amount": random_.randrange(0, 120_000),
            "score": random_.randrange(300, 850),
            "product": random_.choice(PRODUCTS),
            "region": random_.choice(REGIONS),
            "existing": random_.random() < 0.5,
        }
        for _ in range(count)
    ]


def rate(run: Callable[[], object], count: int) -> float:
    """The best of three, per CPU second."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        run()
        best = max(best, count / (time.process_time() - start))
    return best


def zen_decision(cells: list[tuple[str, ...]], policy: str) -> Callable[[Mapping[str, object]], object]:
    """The same rules for zen-engine."""
    table = {
        "hitPolicy": policy,
        "inputs": [{"id": name, "name": name, "field": name} for name, _ in INPUTS],
        "outputs": [{"id": "route", "name": "route", "field": "route"}],
        "rules": [
            {"_id": str(number), "route": f'"route {number}"'}
            | {name: "" if cell == "-" else cell for (name, _), cell in zip(INPUTS, row, strict=True)}
            for number, row in enumerate(cells)
        ],
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": table},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda row: decision.evaluate(row)["result"]


def compare(count: int, policy: HitPolicy, width: int) -> None:
    """One table: ours in bulk, ours one by one, zen-engine one by one."""
    random_ = random.Random(7)
    cells, rows = rules(count, width, random_), questions(ROWS, random_)
    decimals = [row | {name: Decimal(str(row[name])) for name in ("amount", "score")} for row in rows]
    data = write(model(cells, policy))
    compile(read(write(model(rules(30, width, random_), policy)))).evaluate_all("route", rows[:1])
    start = time.process_time()
    asked = compile(read(data))
    asked.evaluate_all("route", rows[:1])  # compiles; the model's fingerprint is made at the first single question
    loading = time.process_time() - start
    answers = asked.evaluate_all("route", rows)
    bulk = rate(lambda: asked.evaluate_all("route", decimals), ROWS)
    single = rate(lambda: [asked.evaluate("route", row) for row in rows], ROWS)
    hits = sum(len(answer) if isinstance(answer, list) else answer is not None for answer in answers) / ROWS
    print(
        f"{count:>6} rules, {policy.value:<8} {hits:5.2f} hits: load {loading * 1000:5.0f} ms, bulk {bulk:9,.0f}/s, "
        f"single (from int) {single:9,.0f}/s",
        end="",
    )
    if zen is None:
        print("; zen-engine: not importable, skipped")
        return
    theirs = zen_decision(cells, "first" if policy is HitPolicy.FIRST else "collect")
    some = rows[:300]
    for row, answer in zip(some, answers, strict=False):
        reply = theirs(row)
        routes = (
            [entry["route"] for entry in reply] if isinstance(reply, list) else reply.get("route") if reply else None
        )
        assert routes == answer, (row, routes, answer)
    slow = rate(lambda: [theirs(row) for row in some], len(some))
    print(f"; zen-engine single {slow:7,.0f}/s: ours {single / slow:,.0f}x, bulk {bulk / slow:,.0f}x")


def lending() -> None:
    """The strategy decision of the kit's lending example."""
    folder = KIT / "compliance-level-3" / "0004-lending"
    if not folder.exists():
        print("0004-lending: ../shared is absent, skipped")
        return
    asked = compile(read(folder / "0004-lending.dmn"))
    monthly = {"Income": Decimal(6000), "Expenses": Decimal(2000), "Repayments": Decimal(0)}
    row = {
        "ApplicantData": {
            "Age": Decimal(35),
            "MaritalStatus": "M",
            "EmploymentStatus": "EMPLOYED",
            "ExistingCustomer": True,
            "Monthly": monthly,
        },
        "RequestedProduct": {
            "ProductType": "STANDARD LOAN",
            "Amount": Decimal(350000),
            "Rate": Decimal("0.0395"),
            "Term": Decimal(360),
        },
    }
    many = [row] * 3000
    answer = asked.evaluate("Strategy", row).value
    single = rate(lambda: [asked.evaluate("Strategy", row) for row in many], len(many))
    bulk = rate(lambda: asked.evaluate_all("Strategy", many), len(many))
    print(f"0004-lending Strategy ({answer}): bulk {bulk:9,.0f}/s, single {single:9,.0f}/s")


def main(sizes: tuple[int, ...] = (1_000, 10_000)) -> None:
    """Tables of these sizes, first hit and collect, then the kit's lending strategy."""
    for size in sizes:
        compare(size, HitPolicy.FIRST, 1)
        compare(size, HitPolicy.COLLECT, 5 if size <= 1_000 else 1)
    lending()


if __name__ == "__main__":
    main(tuple(int(text) for text in sys.argv[1:]) or (1_000, 10_000))

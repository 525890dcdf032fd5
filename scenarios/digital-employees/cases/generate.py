"""The cases: spreadsheets, receipts and leave requests, each with the checked answer. The seed determines every byte
that matters.

The answers are worked out here from the facts, never by the robots' code.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook
from PIL import Image, ImageFilter

from zaizao.documents import DocumentKind, Quality, make

BRANCHES = 12
ACCOUNTS = tuple(f"{code}" for code in range(6601, 6641))
BROKEN_REPORT = 0.05
SPOILT_PAGE = 0.015
FIELDS = ("serial", "amount", "payer_account", "payee_account")


def generate(attributes: list[dict[str, Any]], luck: np.random.Generator, folder: Path) -> list[dict[str, Any]]:
    """One case an entry of ``attributes``; its files under ``folder/00001`` and so on."""
    makers = {"月报": report, "回单": receipts, "假单": leave}
    cases = []
    for number, one in enumerate(attributes, 1):
        place = folder / f"{number:05}"
        place.mkdir()
        made = makers[one["kind"]](place, np.random.default_rng((int(luck.integers(1 << 31)), number)), one, number)
        made["variables"] |= {"kind": one["kind"], "repaired": 0}
        cases.append(made)
    return cases


def report(place: Path, luck: np.random.Generator, _: dict[str, Any], number: int) -> dict[str, Any]:
    """A dozen branches' sheets; now and then one whose total does not add up, with its mended copy for the person."""
    (place / "sheets").mkdir()
    (place / "mended").mkdir()
    broken = int(luck.integers(BRANCHES)) if luck.random() < BROKEN_REPORT else -1
    known: dict[str, dict[str, int]] = {}
    for branch in range(BRANCHES):
        chosen = sorted(luck.choice(ACCOUNTS, 25, replace=False).tolist())
        lines = {account: int(luck.integers(100, 90_000_000)) for account in chosen}
        known[f"branch{branch + 1:02}"] = lines
        name = f"branch{branch + 1:02}.xlsx"
        sheet(place / "sheets" / name, lines, sum(lines.values()) + (100 if branch == broken else 0))
        if branch == broken:
            sheet(place / "mended" / name, lines, sum(lines.values()))
    accounts = sorted({account for lines in known.values() for account in lines})
    told = json.dumps([[account, [known[one].get(account, 0) for one in sorted(known)]] for account in accounts])
    truth = {
        "report_total": sum(fen for lines in known.values() for fen in lines.values()),
        "report_digest": hashlib.sha256(told.encode()).hexdigest(),
    }
    people = {"人工补正报表": {"corrected": True, "repaired": 1}}
    return {"variables": {"items": 1, "month": number}, "truth": truth, "people": people}


def sheet(place: Path, lines: dict[str, int], total: int) -> None:
    """One branch's spreadsheet."""
    book = Workbook()
    book.active.append(["科目", "金额（元）"])
    for account, fen in lines.items():
        book.active.append([account, fen / 100])
    book.active.append(["合计", total / 100])
    book.save(place)


def receipts(place: Path, luck: np.random.Generator, one: dict[str, Any], number: int) -> dict[str, Any]:
    """A PDF of scanned receipts, some of them spoilt beyond reading, and the bank's details."""
    pages: list[Image.Image] = []
    details: list[dict[str, Any]] = []
    for _ in range(int(one["pages"])):
        made = make(DocumentKind.RECEIPT, luck, Quality.SCAN)
        spoilt = luck.random() < SPOILT_PAGE
        pages.append(made.picture.filter(ImageFilter.GaussianBlur(9)) if spoilt else made.picture)
        details.append({**{name: made.facts[name] for name in FIELDS}, "date": made.facts["date"].isoformat()})
    pages[0].save(place / "receipts.pdf", save_all=True, append_images=pages[1:], resolution=200.0)
    (place / "details.json").write_text(json.dumps(details), encoding="utf-8")
    truth = {"saved": len(pages), "saved_total": sum(detail["amount"] for detail in details)}
    repairs = [{"page": page, **detail} for page, detail in enumerate(details, 1)]
    people = {"人工修复回单": {"repairs": repairs}}
    return {"variables": {"items": len(pages), "batch": f"B{number:05}"}, "truth": truth, "people": people}


def leave(place: Path, luck: np.random.Generator, _: dict[str, Any], number: int) -> dict[str, Any]:
    """A request, the employee's history, and what the rules say of it."""
    kind = str(luck.choice(["年假", "病假", "事假"], p=[0.6, 0.25, 0.15]))
    first = date(2025, 3, 1) + timedelta(int(luck.integers(250)))
    days = int(luck.integers(1, 6))
    last = first + timedelta(days - 1)
    years = int(luck.choice([0, 2, 6, 12, 22], p=[0.08, 0.3, 0.3, 0.2, 0.12]))
    joined = date(first.year - years, 1, 15)
    taken, used = [], 0
    if luck.random() < 0.5:
        used = int(luck.integers(1, 6))
        begin = date(first.year, 1, 16)
        taken.append({"type": kind, "first": begin.isoformat(), "last": (begin + timedelta(used - 1)).isoformat()})
    overlap = bool(luck.random() < 0.06)
    if overlap:
        taken.append({"type": "调休", "first": last.isoformat(), "last": last.isoformat()})
    certificate = bool(luck.random() < 0.8)
    employee = {"id": f"E{number:05}", "joined": joined.isoformat(), "leave": taken}
    (place / "employee.json").write_text(json.dumps(employee), encoding="utf-8")
    allowed = 0 if years < 1 else 5 if years < 10 else 10 if years < 20 else 15
    if overlap:
        answer, reason = "refuse", "与已批休假重叠"
    elif kind == "年假" and years < 1:
        answer, reason = "refuse", "工作不满一年"
    elif kind == "年假" and used + days > allowed:
        answer, reason = "refuse", "超过年假天数"
    elif kind == "病假" and not certificate:
        answer, reason = "refer", "缺少病假证明"
    elif kind == "事假" and days > 3:
        answer, reason = "refer", "事假超过三天"
    else:
        answer, reason = "approve", "符合规定"
    variables = {
        "items": 1,
        "employee": employee["id"],
        "leave_type": kind,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "days": days,
        "certificate": certificate,
    }
    people = {"主管复核": {"final": "approve"}}
    return {"variables": variables, "truth": {"verdict": {"answer": answer, "reason": reason}}, "people": people}

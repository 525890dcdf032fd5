"""The robots of bank receipts: split the day's PDF, read each page and match it to the details, save the rest and file.

A receipt is saved in the finance system under its own serial, so that a repeat changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from openpyxl import Workbook

from zaizao.documents import DocumentKind, extract, kind_of, pictures, recognise
from zaizao.robots import SystemException, Work, robot

FIELDS = ("serial", "date", "amount", "payer_account", "payee_account")
SECONDS = 5.0


@robot(queue="receipt-split", zh="拆分回单", en="split receipts")
def split(work: Work) -> dict[str, Any]:
    """One picture a page, under ``pages``."""
    folder = Path(work.payload["folder"])
    (folder / "pages").mkdir(exist_ok=True)
    pages = []
    for number, picture in enumerate(pictures(folder / "receipts.pdf"), 1):
        picture.save(folder / "pages" / f"{number:03}.png")
        pages.append(number)
    return {"pages": pages}


@robot(queue="receipt", zh="识别并核对回单", en="read and match a receipt")
def receipt(work: Work) -> dict[str, Any]:
    """Read a page; save it where it agrees with the bank's details, else say why a person must look."""
    page = int(work.payload["page"])
    place = Path(work.payload["folder"]) / "pages" / f"{page:03}.png"
    text = recognise(next(iter(pictures(place))))
    if kind_of(text) is not DocumentKind.RECEIPT:
        return said(page, "unreadable")
    fields = extract(text, DocumentKind.RECEIPT).fields
    read = {name: fields[name] for name in FIELDS}
    if not all(field.sure for field in read.values()):
        return said(page, "unsure")
    values = {name: field.value for name, field in read.items()}
    values["date"] = values["date"].isoformat()
    known = ask(work, "GET", f"/details/{values['serial']}")
    if known is None:
        return said(page, "unknown")
    if any(known[name] != values[name] for name in FIELDS):
        return said(page, "different")
    ask(work, "PUT", f"/receipts/{values['serial']}", {**values, "batch": work.payload["batch"]})
    return said(page, "saved")


@robot(queue="receipt-archive", zh="存档回单", en="file receipts")
def archive(work: Work) -> dict[str, Any]:
    """Save what people repaired, then file the batch as a workbook; what is filed is what the finance system has."""
    open_pages = {one["page"] for one in work.payload["results"] if one["state"] != "saved"}
    repairs = [one for one in work.payload.get("repairs") or [] if one["page"] in open_pages]
    for one in repairs:
        body = {name: one[name] for name in FIELDS}
        ask(work, "PUT", f"/receipts/{one['serial']}", {**body, "batch": work.payload["batch"]})
    saved = ask(work, "GET", f"/batches/{work.payload['batch']}") or []
    book = Workbook()
    book.active.append(list(FIELDS))
    for one in saved:
        book.active.append([one[name] for name in FIELDS])
    book.save(Path(work.payload["folder"]) / "receipts.xlsx")
    return {"saved": len(saved), "saved_total": sum(one["amount"] for one in saved), "repaired": len(repairs)}


def said(page: int, state: str) -> dict[str, Any]:
    """What is known of a page."""
    return {"outcome": {"page": page, "state": state}}


def ask(work: Work, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """A request to the finance system; ``None`` where it knows nothing of it."""
    address = work.payload["sandbox"]["finance"]
    try:
        answer = httpx.request(method, address + path, json=body, timeout=SECONDS, trust_env=False)
    except httpx.TransportError as fault:
        raise SystemException(f"finance: {fault}") from fault
    if answer.status_code == 404:
        return None
    if answer.status_code >= 400:
        raise SystemException(f"finance: {answer.status_code}")
    return answer.json()

"""Stand-in of the finance system: the bank's details to match receipts with, and the receipts that were saved."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from fastapi import FastAPI, HTTPException

from zaizao.scenarios import Stand


def application(stand: Stand) -> FastAPI:
    """Details come from every case's ``details.json``; a receipt saved again must be the same receipt."""
    details: dict[str, dict[str, Any]] = {}
    for place in sorted(stand.folder.glob("*/details.json")):
        details.update({one["serial"]: one for one in json.loads(place.read_text(encoding="utf-8"))})
    saved: dict[str, dict[str, Any]] = {}
    writes: Counter[str] = Counter()
    app = FastAPI()

    @app.get("/details/{serial}")
    def detail(serial: str) -> dict[str, Any]:
        if stand.faults.strikes("finance_unavailable", serial):
            raise HTTPException(503)
        if serial not in details:
            raise HTTPException(404)
        return details[serial]

    @app.put("/receipts/{serial}")
    def save(serial: str, receipt: dict[str, Any]) -> dict[str, Any]:
        if saved.setdefault(serial, receipt) != receipt:
            raise HTTPException(409)
        writes[serial] += 1
        return receipt

    @app.get("/batches/{batch}")
    def batch_of(batch: str) -> list[dict[str, Any]]:
        return [one for _, one in sorted(saved.items()) if one["batch"] == batch]

    return app

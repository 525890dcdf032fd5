"""Stand-in of the personnel system: when people joined and what leave they took."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, HTTPException

from zaizao.scenarios import Stand


def application(stand: Stand) -> FastAPI:
    """Employees come from every case's ``employee.json``."""
    read = (json.loads(place.read_text(encoding="utf-8")) for place in sorted(stand.folder.glob("*/employee.json")))
    known = {one["id"]: one for one in read}
    app = FastAPI()

    @app.get("/employees/{employee}")
    def employee_of(employee: str) -> dict[str, Any]:
        if stand.faults.strikes("staff_unavailable", employee):
            raise HTTPException(503)
        if employee not in known:
            raise HTTPException(404)
        return known[employee]

    return app

"""What our routers share: the workspace behind a request, and the filters it names."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request

from zaizao.server.filtering import parsed
from zaizao.server.workspaces import Workspace


def _workspace(request: Request) -> Workspace:
    found: Workspace = request.app.state.workspace
    return found


Work = Annotated[Workspace, Depends(_workspace)]
"""The workspace, as a route's argument."""


def _filters(filters: Annotated[str | None, Query(max_length=100_000)] = None) -> tuple[dict[str, Any], ...]:
    return parsed(filters)


Filters = Annotated[tuple[dict[str, Any], ...], Depends(_filters)]
"""The filters of a request, as a route's argument."""

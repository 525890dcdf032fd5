"""The routers of ``/v2``, in the order in which their paths are tried."""

from __future__ import annotations

from fastapi import APIRouter

from zaizao.server.door import (
    cluster,
    decisions,
    definitions,
    deployments,
    elements,
    incidents,
    jobs,
    messages,
    processes,
    tasks,
)

ROUTERS: tuple[APIRouter, ...] = (
    cluster.router,
    deployments.router,
    definitions.router,
    processes.router,
    elements.router,
    jobs.router,
    tasks.router,
    messages.router,
    incidents.router,
    decisions.router,
)

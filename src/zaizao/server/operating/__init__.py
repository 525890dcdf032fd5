"""Operating: is it alive and ready, what does it do and how fast, and what happened to this request."""

from zaizao.server.operating.health import Readiness, router as health_router
from zaizao.server.operating.logging import configure_logging
from zaizao.server.operating.meters import Meters
from zaizao.server.operating.tracing import Tracing, tracing_from
from zaizao.server.operating.watching import Watching

__all__ = ["Meters", "Readiness", "Tracing", "Watching", "configure_logging", "health_router", "tracing_from"]

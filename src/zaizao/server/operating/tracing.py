"""Traces by OpenTelemetry, where the settings name an OTLP endpoint (extra ``telemetry``).

Rule kept: off costs nothing: without an endpoint there is no object, no import and no span. A request's span continues
the trace that its ``traceparent`` names (W3C Trace Context); a batch of the engine serves many requests and is a trace
of its own.
"""

from __future__ import annotations

from typing import Any

from zaizao import __version__
from zaizao.problems import Problem, Text, ZaizaoError
from zaizao.server.settings import Settings


class TelemetryError(ZaizaoError):
    """Traces are asked for but cannot be made."""


class Tracing:
    """Makes spans and sends them in the background."""

    def __init__(self, endpoint: str, service: str) -> None:
        """``endpoint`` is the collector's base address, such as ``http://127.0.0.1:4318``."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace import SpanKind
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as fault:
            remedy = Text("请安装 zaizao[telemetry]", "install zaizao[telemetry]")
            words = Text("缺少 OpenTelemetry", "OpenTelemetry is not installed")
            raise TelemetryError(Problem("telemetry.endpoint", words, remedy, "telemetry.absent")) from fault
        self._provider = TracerProvider(resource=Resource({"service.name": service, "service.version": __version__}))
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("zaizao", __version__)
        self._context = TraceContextTextMapPropagator()
        self._server = SpanKind.SERVER
        self._internal = SpanKind.INTERNAL

    def request(self, method: str, headers: dict[str, str], began: int) -> Any:
        """The span of a request that began at ``began`` (ns); to be given to ``answered``."""
        parent = self._context.extract(headers)
        return self._tracer.start_span(method, context=parent, kind=self._server, start_time=began)

    def answered(self, span: Any, method: str, route: str, status: int, ended: int) -> None:
        """Name and end the span of a request."""
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        span.end(end_time=ended)

    def batch(self, began: int, ended: int, entries: int) -> None:
        """The span of one batch's way to the disk."""
        span = self._tracer.start_span("engine.batch", kind=self._internal, start_time=began)
        span.set_attribute("zaizao.commands", entries)
        span.end(end_time=ended)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def tracing_from(settings: Settings) -> Tracing | None:
    """Tracing where the settings name an endpoint."""
    endpoint = settings.text("telemetry.endpoint")
    return Tracing(endpoint, settings.text("telemetry.service")) if endpoint else None

"""Traces for OpenTelemetry, if a set-up names where they go: one span for what the kitchen answers, one for each upstream that is asked.

What the hot path answers by itself is only counted: a span would cost more than the answer.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_SERVICE: Final = "gomend-proxy"


class Tracer(Protocol):
    """Makes spans."""

    def span(self, name: str, **attributes: str | int | bool) -> Any:
        """A context manager for a piece of work; it gives a :class:`Mark`."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


class Mark:
    """What may still be said of a span while it lasts."""

    def __init__(self, span: Span | None = None) -> None:
        """None: nobody listens."""
        self._span = span

    def say(self, **attributes: str | int | bool) -> None:
        """Add attributes."""
        if self._span is not None:
            self._span.set_attributes(_dotted(attributes))

    def failed(self, words: str) -> None:
        """The work did not succeed."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, words))


class Silent:
    """No traces."""

    @contextmanager
    def span(self, name: str, **attributes: str | int | bool) -> Generator[Mark]:
        """Nothing is noted."""
        yield _NOBODY

    def close(self) -> None:
        """Nothing is left."""


class Told:
    """Spans sent to a collector by OTLP over HTTP, in batches."""

    def __init__(self, endpoint: str, version: str) -> None:
        """``endpoint`` is the whole URL, such as ``http://localhost:4318/v1/traces``.

        Raises:
            ImportError: the extra ``gomend[otel]`` is not installed.
        """
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": _SERVICE, "service.version": version}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
        self._tracer = self._provider.get_tracer(_SERVICE, version)

    @contextmanager
    def span(self, name: str, **attributes: str | int | bool) -> Generator[Mark]:
        """A span below the one that is open in this task."""
        with self._tracer.start_as_current_span(name, attributes=_dotted(attributes)) as span:
            yield Mark(span)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


_NOBODY: Final = Mark()


def _dotted(attributes: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
    """Attributes by the names that collectors expect: ``url_path`` is ``url.path``."""
    return {name.replace("_", ".", 1): value for name, value in attributes.items()}

"""The shop's tracing with the OpenTelemetry SDK: OTLP protobuf over HTTP, W3C trace context."""
import contextlib

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


class Span:
    def __init__(self, span):
        self.span = span

    def trace_id(self):
        return format(self.span.get_span_context().trace_id, "032x")

    def end_with(self, status):
        self.span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self.span.set_status(trace.StatusCode.ERROR, f"answered {status}")


class Tracing:
    def __init__(self, service, hopline, port):
        resource = Resource.create({"service.name": service, "service.instance.id": str(port)})
        self.provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=hopline + "/v1/traces")
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("shop")

    @contextlib.contextmanager
    def server(self, name, headers, request_id):
        lower = {key.lower(): value for key, value in headers.items()}
        with self.tracer.start_as_current_span(
            name,
            context=propagate.extract(lower),
            kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": "GET", "x-request-id": request_id},
        ) as span:
            yield Span(span)

    @contextlib.contextmanager
    def client(self, name, peer):
        with self.tracer.start_as_current_span(
            name,
            kind=trace.SpanKind.CLIENT,
            attributes={"http.request.method": "GET", "server.address": peer},
        ) as span:
            headers = {}
            propagate.inject(headers)
            yield Span(span), headers

    def close(self):
        self.provider.shutdown()

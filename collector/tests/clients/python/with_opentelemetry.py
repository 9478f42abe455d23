"""with_opentelemetry.py URL v1-json|v2-json|v2-proto3: a gateway and an order service with the
OpenTelemetry SDK and its Zipkin exporters. Prints the spans that a Zipkin server should have."""
import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

KINDS = {trace.SpanKind.INTERNAL: None}


def exporter(url, encoding):
    # Each in its own process: both define the same protobuf messages.
    if encoding == "v2-proto3":
        from opentelemetry.exporter.zipkin.proto.http import ZipkinExporter

        return ZipkinExporter(url + "/api/v2/spans", "10.0.0.1", "2001:db8::c001", 8080)
    from opentelemetry.exporter.zipkin.encoder import Protocol
    from opentelemetry.exporter.zipkin.json import ZipkinExporter

    version = encoding.split("-")[0]
    return ZipkinExporter(
        Protocol(version), f"{url}/api/{version}/spans", "10.0.0.1", "2001:db8::c001", 8080, 128
    )


class Told(SpanExporter):
    """Passes spans on, and keeps what they say."""

    def __init__(self, inner, is_v1):
        self.inner, self.is_v1, self.spans = inner, is_v1, []

    def export(self, spans):
        self.spans.extend(told(span, self.is_v1) for span in spans)
        result = self.inner.export(spans)
        if result != SpanExportResult.SUCCESS:
            sys.exit("the exporter says that it failed")
        return result

    def shutdown(self):
        self.inner.shutdown()


def main(url, encoding):
    exports = Told(exporter(url, encoding), encoding == "v1-json")
    resource = Resource({"service.name": "Gateway", "service.instance.id": "one"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exports))
    tracer = provider.get_tracer("shop", "1.2")
    server = {"http.route": "/buy/\u00e4pfel \U0001f34e", "http.response.status_code": 500}
    with tracer.start_as_current_span("GET /buy", kind=trace.SpanKind.SERVER, attributes=server):
        with tracer.start_as_current_span("price") as local:
            local.add_event("\uac00\uaca9", {"won": 1200})
        with tracer.start_as_current_span("POST", kind=trace.SpanKind.CLIENT) as client:
            client.set_attribute("server.address", "orders")
            client.set_attribute("list", ["a", "b"])
            client.set_attribute("retried", True)
            client.set_status(trace.StatusCode.ERROR, "answered 500")
        with tracer.start_as_current_span("send", kind=trace.SpanKind.PRODUCER):
            pass
    provider.shutdown()
    print(json.dumps(exports.spans))


def told(span, is_v1):
    def text(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (list, tuple)):
            return json.dumps(value, separators=(",", ":"))
        return str(value)

    tags = {**span.attributes, **span.resource.attributes}
    tags["otel.library.name"] = tags["otel.scope.name"] = span.instrumentation_scope.name
    tags["otel.library.version"] = tags["otel.scope.version"] = span.instrumentation_scope.version
    if span.status.status_code is not trace.StatusCode.UNSET:
        tags["otel.status_code"] = span.status.status_code.name
        tags["error"] = span.status.description
    context = span.get_span_context()
    return {
        "traceId": format(context.trace_id, "032x"),
        "parentId": span.parent and format(span.parent.span_id, "016x"),
        "id": format(context.span_id, "016x"),
        # Its v1 form has no kinds: it never writes cs, cr, sr or ss.
        "kind": None if is_v1 else KINDS.get(span.kind, span.kind.name),
        "name": span.name,
        "timestamp": (span.start_time + 500) // 1000,
        "duration": (span.end_time - span.start_time + 500) // 1000,
        "localEndpoint": {
            "serviceName": "Gateway",
            "ipv4": "10.0.0.1",
            "ipv6": "2001:db8::c001",
            "port": 8080,
        },
        "annotations": [
            {
                "timestamp": (event.timestamp + 500) // 1000,
                "value": json.dumps({event.name: dict(event.attributes)}),
            }
            for event in span.events
        ],
        "tags": {key: text(value) for key, value in tags.items()},
        "debug": True,
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""with_opentelemetry.py URL grpc|http gzip|deflate|plain: a gateway and an order service with the
OpenTelemetry SDK for Python. Prints the spans that it sent, as told in ../told.rs."""
import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator


def exporter(url, transport, compression):
    if transport == "grpc":
        from grpc import Compression
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        known = {"gzip": Compression.Gzip, "deflate": Compression.Deflate, "plain": Compression.NoCompression}
        return OTLPSpanExporter(endpoint=url, insecure=True, compression=known[compression])
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    compression = Compression("none" if compression == "plain" else compression)
    return OTLPSpanExporter(endpoint=url + "/v1/traces", compression=compression)


class Told(SpanExporter):
    """Passes spans on, and keeps what they say."""

    def __init__(self, inner, told):
        self.inner, self.told, self.failed = inner, told, False

    def export(self, spans):
        self.told.extend(tell(span) for span in spans)
        result = self.inner.export(spans)
        self.failed |= result != SpanExportResult.SUCCESS
        return result

    def shutdown(self):
        self.inner.shutdown()


def tell(span):
    def values(attributes):
        return {key: list(value) if isinstance(value, tuple) else value for key, value in (attributes or {}).items()}

    context, scope = span.get_span_context(), span.instrumentation_scope
    return {
        "traceId": format(context.trace_id, "032x"),
        "spanId": format(context.span_id, "016x"),
        "parentSpanId": span.parent and format(span.parent.span_id, "016x"),
        "traceState": context.trace_state.to_header(),
        "name": span.name,
        "kind": span.kind.name,
        "start": str(span.start_time),
        "end": str(span.end_time),
        "attributes": values(span.attributes),
        "events": [
            {"name": event.name, "time": str(event.timestamp), "attributes": values(event.attributes)}
            for event in span.events
        ],
        "links": [
            {
                "traceId": format(link.context.trace_id, "032x"),
                "spanId": format(link.context.span_id, "016x"),
                "attributes": values(link.attributes),
            }
            for link in span.links
        ],
        "statusCode": span.status.status_code.name,
        "statusMessage": span.status.description or "",
        "resource": values(span.resource.attributes),
        "scope": {"name": scope.name, "version": scope.version, "attributes": values(scope.attributes)},
    }


def main(*way):
    told, exports, tracers = [], [], {}
    for service in ["gateway", "orders"]:
        described = {"service.name": service, "service.instance.id": "one", "host.cores": 2, "canary": True}
        provider = TracerProvider(resource=Resource.create({**described, "zones": ["a", "b"]}), shutdown_on_exit=False)
        exports.append(Told(exporter(*way), told))
        provider.add_span_processor(BatchSpanProcessor(exports[-1]))
        tracers[service] = provider.get_tracer("shop", "1.2", attributes={"team": "baskets"}), provider
    shop(tracers["gateway"][0], tracers["orders"][0])
    for _, provider in tracers.values():
        provider.shutdown()
    if any(export.failed for export in exports):
        sys.exit("the exporter says that it failed")
    print(json.dumps(told))


def shop(gateway, orders):
    attributes = {
        "http.route": "/buy/\u00e4pfel \U0001f34e",
        "http.response.status_code": 500,
        "price": 12.25,
        "retried": True,
        "largest": 9007199254740991,
        "below": -7,
        "fruits": ["\u00e4pfel", "\uc0ac\uacfc"],
        "numbers": [1, 2, 3],
        "weights": [0.5, -1.5],
        "flags": [True, False],
        "nothing": "",
    }
    with gateway.start_as_current_span("GET /buy", kind=trace.SpanKind.SERVER, attributes=attributes):
        with gateway.start_as_current_span("price") as price:
            price.add_event("\uac00\uaca9", {"won": 1200})
            try:
                raise ValueError('no "price" \u2014 for \U0001f34e')
            except ValueError as error:
                price.record_exception(error)
        call = {"server.address": "orders", "server.port": 9000}
        with gateway.start_as_current_span("POST /orders", kind=trace.SpanKind.CLIENT, attributes=call) as client:
            # What goes over the wire between two services.
            carrier = {}
            TraceContextTextMapPropagator().inject(carrier)
            carrier["tracestate"] = "shop=one,other=zwei"
            order(orders, TraceContextTextMapPropagator().extract(carrier))
            client.set_status(trace.StatusCode.ERROR, "answered 500")


def order(orders, caller):
    earlier = trace.SpanContext(0x5AF7183FB1D4CF5F352BFF9A74CA9AD2, 0x352BFF9A74CA9AD2, is_remote=True)
    links = [trace.Link(earlier, {"why": "retry"})]
    with orders.start_as_current_span("POST /orders", caller, trace.SpanKind.SERVER, links=links) as server:
        for kind in [trace.SpanKind.PRODUCER, trace.SpanKind.CONSUMER]:
            with orders.start_as_current_span("parcels", kind=kind) as span:
                span.set_status(trace.StatusCode.OK)
        server.set_status(trace.StatusCode.ERROR, "sold out")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])

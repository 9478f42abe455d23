"""Sends one trace with the OpenTelemetry SDK, reads it back and compares."""
import json
import pathlib
import sys
import time
import urllib.request
import uuid

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def main(url):
    provider = TracerProvider(resource=Resource.create({"service.name": "bakery"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url + "/v1/traces")))
    request_id = f"req-{uuid.uuid4().hex}"
    trace_id = bake(provider.get_tracer("example"), request_id)
    provider.shutdown()  # sends what is still waiting

    with urllib.request.urlopen(f"{url}/api/v2/trace/{trace_id}") as answer:
        found = summary(json.load(answer), request_id)
    expected = json.loads(pathlib.Path(__file__).with_name("expected.json").read_text())
    if found != expected:
        sys.exit(f"expected {json.dumps(expected)}\nbut found {json.dumps(found)}")
    print(f"trace {trace_id}, found by {request_id}: {url}/traces/{trace_id}")


def bake(tracer, request_id):
    with tracer.start_as_current_span("GET /bread", kind=trace.SpanKind.SERVER) as request:
        request.set_attribute("x-request-id", request_id)
        with tracer.start_as_current_span("bake"):
            time.sleep(0.05)
        with tracer.start_as_current_span("GET /flour", kind=trace.SpanKind.CLIENT) as call:
            call.set_attribute("server.address", "mill")
            call.set_status(trace.StatusCode.ERROR, "the mill is closed")
        return format(request.get_span_context().trace_id, "032x")


def summary(spans, request_id):
    ids = {span["id"] for span in spans}
    return sorted(
        (
            {
                "service": span["localEndpoint"]["serviceName"],
                "name": span["name"],
                "kind": span.get("kind"),
                "hasParent": span.get("parentId") in ids,
                "error": span.get("tags", {}).get("error"),
                "found": span.get("tags", {}).get("x-request-id") == request_id,
            }
            for span in spans
        ),
        key=lambda span: span["name"],
    )


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))

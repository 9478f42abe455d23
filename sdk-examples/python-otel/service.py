"""A service of the shop: /orders asks the services in NEXT, /stock asks a database."""
import os
import signal
import sys
import time

import requests
from flask import Flask, request
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# Its name is OTEL_SERVICE_NAME, and it sends to OTEL_EXPORTER_OTLP_ENDPOINT.
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

app = Flask(__name__)
FlaskInstrumentor().instrument_app(app)  # a span for each request that comes in
RequestsInstrumentor().instrument()  # a span for each that goes out, and the trace in its headers


@app.before_request
def keep_request_id():
    trace.get_current_span().set_attribute("x-request-id", request.headers.get("X-Request-ID", ""))


@app.get("/orders")
def orders():
    for url in os.environ.get("NEXT", "").split():
        passed_on = {"X-Request-ID": request.headers.get("X-Request-ID")}
        requests.get(url, headers=passed_on, timeout=10).raise_for_status()
    return {"ordered": True}


@app.get("/stock")
def stock():
    tracer = trace.get_tracer("shop")
    about = {"db.system.name": "postgresql", "db.namespace": "stock"}
    with tracer.start_as_current_span("SELECT stock", kind=trace.SpanKind.CLIENT, attributes=about):
        time.sleep(0.02)  # where the database would be
    return {"left": 3}


def serve():
    # An orderly end lets the provider send what it still holds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    app.run(port=int(os.environ["PORT"]))


if __name__ == "__main__":
    serve()

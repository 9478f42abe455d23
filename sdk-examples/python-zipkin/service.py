"""A service of the shop: /orders asks the services in NEXT, /stock asks a database."""
import functools
import os
import time
from urllib.parse import urlsplit

import requests
from flask import Flask, request
from py_zipkin import Encoding
from py_zipkin.request_helpers import create_http_headers, extract_zipkin_attrs_from_headers
from py_zipkin.transport import SimpleHTTPTransport
from py_zipkin.zipkin import zipkin_client_span, zipkin_server_span

SERVICE, PORT = os.environ["SERVICE"], int(os.environ["PORT"])
hopline = urlsplit(os.environ.get("HOPLINE", "http://127.0.0.1:9411"))
app = Flask(__name__)


def traced(handler):
    """A span around the handler, of the caller's trace when its headers say so."""

    @functools.wraps(handler)
    def in_a_span():
        with zipkin_server_span(
            service_name=SERVICE,
            span_name=f"GET {request.path}",
            port=PORT,
            transport_handler=SimpleHTTPTransport(hopline.hostname, hopline.port),
            encoding=Encoding.V2_JSON,
            zipkin_attrs=extract_zipkin_attrs_from_headers(request.headers),
            sample_rate=100.0,  # percent, of the traces that begin here
            use_128bit_trace_id=True,
        ) as span:
            span.update_binary_annotations({"x-request-id": request.headers.get("X-Request-ID", "")})
            return handler()

    return in_a_span


@app.get("/orders")
@traced
def orders():
    for url in os.environ.get("NEXT", "").split():
        with zipkin_client_span(service_name=SERVICE, span_name="GET"):
            headers = create_http_headers()  # the trace goes on in these
            headers["X-Request-ID"] = request.headers.get("X-Request-ID")
            requests.get(url, headers=headers, timeout=10).raise_for_status()
    return {"ordered": True}


@app.get("/stock")
@traced
def stock():
    with zipkin_client_span(service_name=SERVICE, span_name="SELECT stock") as span:
        span.add_sa_binary_annotation(service_name="postgresql", host="127.0.0.1", port=5432)
        span.update_binary_annotations({"db.system.name": "postgresql"})  # says that this is a database
        time.sleep(0.02)  # where the database would be
    return {"left": 3}


if __name__ == "__main__":
    app.run(port=PORT)

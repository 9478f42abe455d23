"""The service python-otel, which sends a message too: the trace goes on in the headers of the message."""
import os
import runpy

import requests
from flask import request
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

service = runpy.run_path("service.py")
ABOUT = {"messaging.system": "shop-queue", "messaging.destination.name": "parcels"}


@service["app"].after_request
def send_parcel(response):
    tracer = trace.get_tracer("shop")
    with tracer.start_as_current_span("send parcels", kind=trace.SpanKind.PRODUCER, attributes=ABOUT):
        headers = {"X-Request-ID": request.headers.get("X-Request-ID")}
        propagate.inject(headers)
        # This span stands for the sending; how it is done is not a call of its own.
        with suppress_http_instrumentation():
            requests.post(os.environ["QUEUE"], json={"headers": headers, "body": "an apple"}, timeout=10)
    return response


service["serve"]()

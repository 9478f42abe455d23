"""Takes messages from the queue with py_zipkin: the trace goes on from the headers of the message."""
import os
import time
from urllib.parse import urlsplit

import requests
from py_zipkin import Encoding, Kind
from py_zipkin.request_helpers import extract_zipkin_attrs_from_headers
from py_zipkin.transport import SimpleHTTPTransport
from py_zipkin.util import create_attrs_for_span
from py_zipkin.zipkin import zipkin_span
from requests.structures import CaseInsensitiveDict

hopline = urlsplit(os.environ["HOPLINE"])


def consume(message):
    headers = CaseInsensitiveDict(message["headers"])  # OpenTelemetry writes x-b3-traceid, py_zipkin asks for X-B3-TraceId
    sender = extract_zipkin_attrs_from_headers(headers)
    # A message may be taken more than once, so that each consumer has a span of its own below the sender's.
    own = create_attrs_for_span(sample_rate=100.0, trace_id=sender.trace_id)._replace(parent_span_id=sender.span_id)
    with zipkin_span(
        service_name=os.environ["SERVICE"],
        span_name="process parcels",
        kind=Kind.CONSUMER,
        transport_handler=SimpleHTTPTransport(hopline.hostname, hopline.port),
        encoding=Encoding.V2_JSON,
        zipkin_attrs=own,
        sample_rate=100.0,
    ) as span:
        span.update_binary_annotations({"x-request-id": headers["X-Request-ID"]})
        span.add_sa_binary_annotation(service_name="shop-queue", host="127.0.0.1", port=0)
        time.sleep(0.005)  # where the mail would be written


while True:
    answer = requests.get(os.environ["QUEUE"], timeout=10)
    if answer.status_code == 200:
        consume(answer.json())

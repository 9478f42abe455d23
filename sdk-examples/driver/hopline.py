"""The Hopline that the examples send to: one that runs, or one started for the run; and what it answers."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from .example import CACHE, environment

READY = re.compile(r"hopline is ready .*?http=(http://\S+)")


@contextlib.contextmanager
def hopline():
    url = os.environ.get("HOPLINE", "http://127.0.0.1:9411").rstrip("/")
    if "HOPLINE_BINARY" not in os.environ and runs(url):
        print(f"Hopline at {url}", flush=True)
        yield url
        return
    binary = find_binary()
    with tempfile.TemporaryDirectory(prefix="hopline-examples-") as folder:
        doors = ["--listen", "127.0.0.1:0", "--otlp-http-listen", "off", "--otlp-grpc-listen", "off"]
        log = pathlib.Path(folder, "log")
        with open(log, "w") as out:
            process = subprocess.Popen(
                [binary, *doors, "--data-dir", f"{folder}/data"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
                env=environment({"NO_COLOR": "1"}),
            )
        try:
            url = ready_at(process, log)
            print(f"Hopline started for this run: {binary}", flush=True)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def runs(url):
    try:
        ask(url, "/health")
        return True
    except OSError:
        return False


def find_binary():
    named = os.environ.get("HOPLINE_BINARY")
    if named:
        return named
    targets = [os.environ.get("CARGO_TARGET_DIR"), CACHE / "target", "target"]
    built = [
        path
        for target in targets
        for profile in ("release", "debug")
        if target and (path := pathlib.Path(target, profile, "hopline")).exists()
    ]
    found = max(built, key=lambda path: path.stat().st_mtime, default=None) or shutil.which("hopline")
    return found or sys.exit("no Hopline runs at 127.0.0.1:9411, and none is built: make run")


def ready_at(process, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        found = READY.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    sys.exit(f"Hopline did not start:\n{log.read_text()}")


def ask(url, path):
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return json.load(answer)


def traces_of(url, value):
    """The ids of all traces that a lookup of the value finds."""
    found = ask(url, "/api/hopline/lookup?q=" + urllib.parse.quote(value, safe=""))
    return sorted({match["traceId"] for match in found["matches"]})


def trace(url, trace_id):
    return ask(url, f"/api/hopline/traces/{trace_id}")


def as_text(url, trace_id):
    with urllib.request.urlopen(f"{url}/api/hopline/traces/{trace_id}?format=text", timeout=10) as answer:
        return answer.read().decode()

"""One run of an example: a request with a request id goes in, and the trace that comes out is compared."""
import re
import time
import urllib.error
import urllib.request
import uuid

from . import hopline
from .check import Difference, compare

# How Spring Boot writes where a log line belongs.
LOGGED = re.compile(r"\[([0-9a-f]{32})-([0-9a-f]{16})\]")


def play(example, url):
    request_id = f"req-{uuid.uuid4().hex}"
    with example.started(url, request_id) as (entry, services):
        if entry:
            request(entry, request_id)
        wait_for(example.expected, url, request_id)
        services.stop()
        # Only now has everybody sent everything, so that what is too much is seen as well.
        trace_id = the_trace(url, request_id)
        try:
            compare(example.expected, hopline.trace(url, trace_id), request_id)
        except Difference as difference:
            raise Difference(f"{difference}\nwhat the services said at last:\n{services.logs[-2000:]}") from difference
        if example.expected.get("logged"):
            check_log(url, services.logs, trace_id)
    print(hopline.as_text(url, trace_id), end="")
    print(f"found by {request_id}: {url}/traces/{trace_id}")


def request(entry, request_id):
    asked = urllib.request.Request(entry, headers={"X-Request-ID": request_id})
    try:
        with urllib.request.urlopen(asked, timeout=30):
            pass
    except urllib.error.HTTPError as error:
        raise Difference(f"{entry} answered {error.code}: {error.read()[:500]!r}") from error


def wait_for(expected, url, request_id):
    """Returns when the trace is as expected, or when it had time enough to become so: what it lacks then is told by
    the last comparison."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            compare(expected, hopline.trace(url, the_trace(url, request_id)), request_id)
            return
        except Difference:
            time.sleep(0.1)


def the_trace(url, request_id):
    found = hopline.traces_of(url, request_id)
    if len(found) != 1:
        raise Difference(f"{len(found)} traces carry {request_id}, not one: {' '.join(found)}")
    return found[0]


def check_log(url, logs, trace_id):
    """Each token [traceId-spanId] in the services' logs of this run opens the trace as it stands there."""
    tokens = {found[0] for found in LOGGED.finditer(logs)}
    if not tokens:
        raise Difference(f"no log line says [traceId-spanId]:\n{logs[-2000:]}")
    for token in tokens:
        if hopline.traces_of(url, token) != [trace_id]:
            raise Difference(f"{token}, out of a log line, does not open trace {trace_id}")
        print(f"logged as {token}")

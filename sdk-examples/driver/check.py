"""Compares the hops of a trace with an expected.json: the same calls, under the same callers, and no others."""
import difflib


class Difference(Exception):
    """A trace that is not as expected.json says, or that never came; the text shows what differs."""


def compare(expected, trace, request_id):
    """Raises Difference unless the trace (the answer of /api/hopline/traces/{id}) has exactly the expected hops, all of
    its spans found their parents, and the request id is on spans of exactly the expected services."""
    wanted = lines(expected["hops"]) + [f"request id on: {', '.join(expected['requestIdOn'])}"]
    found = lines(calls(trace, None)) + [f"request id on: {', '.join(carriers(trace, request_id))}"]
    if not trace["complete"] or trace["truncated"]:
        found.append(f"incomplete: {trace['missingParents']} parents are missing")
    if wanted != found:
        both = difflib.unified_diff(wanted, found, "expected.json", f"trace {trace['traceId']}", lineterm="", n=99)
        raise Difference("the trace is another one\n" + "\n".join(both))


def calls(trace, parent):
    """The hops below one, in the words of expected.json."""
    return [
        {
            "caller": (hop["caller"] or {}).get("service"),
            "callee": (hop["callee"] or {}).get("service"),
            "operation": (hop["callee"] or {}).get("operation") or (hop["caller"] or {}).get("operation"),
            "kind": hop["kind"],
            "error": hop["error"],
            "calls": calls(trace, hop["index"]),
        }
        for hop in trace["hops"]
        if hop["parent"] == parent
    ]


def lines(hops, depth=0):
    """One line a hop, what it calls below it; calls that overlap may come in any order."""
    told = sorted(
        (
            f"{'  ' * depth}{hop['caller'] or '(outside)'} → {hop['callee']}  {hop['operation']}  [{hop['kind']}]"
            + ("  FAILED" if hop.get("error") else ""),
            lines(hop.get("calls", []), depth + 1),
        )
        for hop in hops
    )
    return [line for head, below in told for line in [head, *below]]


def carriers(trace, request_id):
    """The services on whose spans the request id is, in whatever attribute, alone or in a list."""

    def has(value):
        return request_id in value if isinstance(value, list) else value == request_id

    return sorted(
        {span["service"] for span in trace["spans"] if any(has(each["value"]) for each in span["attributes"])}
    )

"""The checker can fail: whatever is changed about a trace that is as expected, is said."""
import copy
import unittest

from .check import Difference, compare

EXPECTED = {
    "hops": [
        {
            "caller": None, "callee": "orders", "operation": "GET /orders", "kind": "rpc",
            "calls": [
                {"caller": "orders", "callee": "inventory", "operation": "GET /stock", "kind": "rpc"},
                {"caller": "orders", "callee": "mailer", "operation": "process", "kind": "messaging", "error": True},
            ],
        }
    ],
    "requestIdOn": ["inventory", "orders"],
}


def hop(index, parent, caller, callee, operation, kind="rpc", error=False):
    end = caller and {"service": caller, "operation": "any"}
    other = {"service": callee, "operation": operation}
    return {"index": index, "parent": parent, "caller": end, "callee": other, "kind": kind, "error": error}


def span(service, *values):
    return {"service": service, "attributes": [{"key": "x-request-id", "value": value} for value in values]}


def as_expected():
    return {
        "traceId": "5af7183fb1d4cf5f",
        "complete": True,
        "truncated": False,
        "missingParents": 0,
        "hops": [
            hop(0, None, None, "orders", "GET /orders"),
            hop(1, 0, "orders", "mailer", "process", "messaging", error=True),
            hop(2, 0, "orders", "inventory", "GET /stock"),
        ],
        "spans": [span("orders", "req-1"), span("inventory", ["req-1"]), span("mailer", "req-2", 7)],
    }


def without_a_hop(trace):
    del trace["hops"][2]


def with_one_more(trace):
    trace["hops"].append(hop(3, 2, "inventory", "postgresql", "SELECT"))


def with_one_twice(trace):
    trace["hops"].append(hop(3, 0, "orders", "inventory", "GET /stock"))


def under_another(trace):
    trace["hops"][2]["parent"] = 1


def without_parent(trace):
    trace["hops"][2]["parent"] = None


def of_another_service(trace):
    trace["hops"][2]["callee"]["service"] = "stock"


def by_another_caller(trace):
    trace["hops"][2]["caller"]["service"] = "gateway"


def of_another_operation(trace):
    trace["hops"][2]["callee"]["operation"] = "GET /prices"


def of_another_kind(trace):
    trace["hops"][1]["kind"] = "rpc"


def failed(trace):
    trace["hops"][2]["error"] = True


def not_failed(trace):
    trace["hops"][1]["error"] = False


def in_pieces(trace):
    trace.update(complete=False, missingParents=1)


def cut(trace):
    trace["truncated"] = True


def id_missing(trace):
    trace["spans"][1]["attributes"] = []


def id_on_another(trace):
    trace["spans"][2]["attributes"][0]["value"] = "req-1"


def id_only_as_a_part(trace):
    trace["spans"][0]["attributes"][0]["value"] = "req-12"


CHANGES = [
    without_a_hop, with_one_more, with_one_twice, under_another, without_parent, of_another_service, by_another_caller,
    of_another_operation, of_another_kind, failed, not_failed, in_pieces, cut, id_missing, id_on_another,
    id_only_as_a_part,
]  # fmt: skip


class Check(unittest.TestCase):
    def test_as_expected(self):
        compare(EXPECTED, as_expected(), "req-1")

    def test_hops_may_come_in_any_order(self):
        trace = as_expected()
        trace["hops"].reverse()
        compare(EXPECTED, trace, "req-1")

    def test_each_change_is_said(self):
        for change in CHANGES:
            trace = copy.deepcopy(as_expected())
            change(trace)
            with self.subTest(change.__name__), self.assertRaises(Difference) as said:
                compare(EXPECTED, trace, "req-1")
            # What was expected and what came, line by line.
            self.assertRegex(str(said.exception), r"(?m)^[+-][^+-]")


if __name__ == "__main__":
    unittest.main()

"""The shop: the examples together, each as another service, as shop/services.json says."""
import contextlib
import json
import sys

from .example import EXAMPLES, Services, free_ports

HOME = EXAMPLES / "shop"


class Shop:
    def __init__(self, examples):
        self.name = HOME.name
        self.expected = json.loads((HOME / "expected.json").read_text())
        self.services = json.loads((HOME / "services.json").read_text())
        self.examples = {service: examples[about["example"]] for service, about in self.services.items()}

    def parts(self):
        return list(dict.fromkeys(self.examples.values()))

    @contextlib.contextmanager
    def started(self, url, request_id):
        """All but the page, which makes the request; so there is nothing to ask."""
        with Services(url) as services:
            ports = free_ports(["queue", *self.services])
            queue = f"http://127.0.0.1:{ports['queue']}"
            services.launch("queue", [sys.executable, HOME / "broker.py"], ports["queue"], HOME)
            services.wait()
            for service, about in self.services.items():
                if service == "page":
                    continue
                more = {"QUEUE": queue, "NEXT": " ".join(self.urls(about, ports)), **about.get("environment", {})}
                if "program" in about:
                    more["PROGRAM"] = str(HOME / about["program"])
                port = None if "takes" in about else ports[service]  # who takes messages has no door
                services.serve(self.examples[service], service, port, **more)
            services.wait()
            services.run(self.examples["page"], request_id, NEXT=f"http://127.0.0.1:{ports['gateway']}/orders")
            yield None, services

    def urls(self, about, ports):
        for service in about.get("next", []):
            passes_on = "next" in self.services[service]
            yield f"http://127.0.0.1:{ports[service]}/{'orders' if passes_on else 'stock'}"

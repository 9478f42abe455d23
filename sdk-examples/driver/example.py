"""An example's folder: copied to the cache, made ready there once per content, and started."""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .check import Difference

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "hopline"
# What ./run leaves behind when it is run in the checkout.
LEFT_BEHIND = shutil.ignore_patterns(".venv", "node_modules", "target", "dist", "service", "__pycache__")


class NotInstalled(Exception):
    """Something that the example stands on could not be had: a tool, or a package of a registry."""


class Example:
    def __init__(self, path):
        self.name, self.path = path.name, path
        self.expected = json.loads((path / "expected.json").read_text())
        self.folder = CACHE / "examples" / f"{self.name}-{digest(path)}"

    def parts(self):
        return [self]

    def prepare(self):
        """Installs and builds in a copy outside the checkout, as one who copies the folder would."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{self.folder}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (self.folder / "ready").exists():
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(self.path, self.folder, ignore=LEFT_BEHIND)
            began = time.monotonic()
            if not self.step("install"):
                raise NotInstalled(f"its ./run install said: {self.last_words('install')}")
            if not self.step("build"):
                raise Difference(f"its ./run build said: {self.last_words('build')}")
            (self.folder / "ready").touch()
            print(f"   {self.name}: installed in {time.monotonic() - began:.0f} s", flush=True)

    def step(self, verb):
        with open(f"{self.folder}.{verb}.log", "w") as log:
            command = ["timeout", "900", self.folder / "run", verb]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment({}))
        return done.returncode == 0

    def last_words(self, verb):
        log = pathlib.Path(f"{self.folder}.{verb}.log")
        lines = log.read_text(errors="replace").strip().splitlines()
        telling = [line for line in lines if "rror" in line or "not found" in line] or lines
        return " | ".join(telling[-3:]) + f" (all of it: {log})"

    @contextlib.contextmanager
    def started(self, url, request_id):
        """Both services, `orders` calling `inventory`; gives the URL to ask, and their logs. Or, for one that sends
        without services, runs it."""
        with Services(url) as services:
            if self.expected.get("services") == "none":
                services.run(self, request_id)
                yield None, services
                return
            ports = free_ports(["orders", "inventory"])
            services.serve(self, "inventory", ports["inventory"])
            services.serve(self, "orders", ports["orders"], NEXT=f"http://127.0.0.1:{ports['inventory']}/stock")
            services.wait()
            yield f"http://127.0.0.1:{ports['orders']}/orders", services


class Services:
    """Processes that are asked to end, and so to send what they still hold, before the last look."""

    def __init__(self, url):
        self.url, self.running, self.folder, self.logs = url, [], tempfile.mkdtemp(prefix="hopline-services-"), ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def serve(self, example, service, port, **more):
        """Starts `./run serve` of an example; `wait` says when it serves."""
        variables = {"SERVICE": service, "PORT": str(port or ""), "HOPLINE": self.url, **more}
        self.launch(service, [example.folder / "run", "serve"], port, example.folder, variables)

    def launch(self, service, command, port, folder, variables=None):
        log = pathlib.Path(self.folder, f"{service}.log")
        with open(log, "w") as out:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment(variables or {"PORT": str(port)}),
                start_new_session=True,
            )
        self.running.append((service, process, log, port))

    def wait(self):
        """Until all that were launched serve; one without a door of its own need only run."""
        deadline = time.monotonic() + 90
        for service, process, log, port in self.running:
            while port and not serves(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Difference(f"{service} does not serve:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.05)

    def run(self, example, request_id, **more):
        variables = {"HOPLINE": self.url, "REQUEST_ID": request_id, **more}
        done = subprocess.run(
            [example.folder / "run", "send"], stdin=subprocess.DEVNULL, env=environment(variables), timeout=120
        )
        if done.returncode != 0:
            raise Difference(f"its ./run send ended with {done.returncode}")

    def stop(self):
        early = [service for service, process, _, _ in self.running if process.poll() is not None]
        for _, process, _, _ in self.running:
            process.terminate()
        late = []
        for service, process, _, _ in self.running:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                late.append(service)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.logs += "".join(log.read_text(errors="replace") for _, _, log, _ in self.running)
        self.running = []
        shutil.rmtree(self.folder, ignore_errors=True)
        if early:
            raise Difference(f"ended by themselves: {', '.join(early)}\n{self.logs[-4000:]}")
        if late:
            raise Difference(f"asked to end, these did not: {', '.join(late)}")


def environment(more):
    """That of the caller, without what would steer the SDKs or Hopline otherwise."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "HOPLINE_"))}
    # Short, so that a run need not wait for the next batch.
    brisk = {"OTEL_BSP_SCHEDULE_DELAY": "200", "CARGO_TARGET_DIR": str(CACHE / "target-examples")}
    return {**own, **brisk, **more}


def digest(path):
    """Of all that the installed files are made of."""
    hashed = hashlib.sha256()
    for folder, folders, files in os.walk(path):
        passed_over = LEFT_BEHIND(folder, folders + files) | {"README.md", "expected.json"}
        folders[:] = sorted(set(folders) - passed_over)
        for file in sorted(set(files) - passed_over):
            whole = pathlib.Path(folder, file)
            hashed.update(f"{whole.relative_to(path)}\0".encode() + whole.read_bytes())
    return hashed.hexdigest()[:12]


def free_ports(names):
    """Below those that outgoing connections take, so that they stay free until the services bind them."""
    ports = {}
    for port in random.sample(range(20000, 32000), 1000):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            ports[names[len(ports)]] = port
        if len(ports) == len(names):
            return ports
    raise Difference("no free ports between 20000 and 32000")


def serves(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False

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
            return subprocess.run(
                [self.folder / "run", verb], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment({})
            ).returncode == 0

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
            inventory = services.start(self, "inventory", [])
            orders = services.start(self, "orders", [f"{inventory}/stock"])
            yield f"{orders}/orders", services


class Services:
    """Processes that are asked to end, and so to send what they still hold, before the last look."""

    def __init__(self, url):
        self.url, self.running = url, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, example, service, next_urls, **more):
        port = free_port()
        variables = {"SERVICE": service, "PORT": str(port), "NEXT": " ".join(next_urls), "HOPLINE": self.url, **more}
        log = example.folder / f"{service}.log"
        with open(log, "w") as out:
            process = subprocess.Popen(
                [example.folder / "run", "serve"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment(variables),
                start_new_session=True,
            )
        self.running.append((service, process, log))
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return f"http://127.0.0.1:{port}"
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
        for _, process, _ in self.running:
            process.terminate()
        late = []
        for service, process, _ in self.running:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                late.append(service)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.logs = "".join(log.read_text(errors="replace") for _, _, log in self.running)
        self.running = []
        if late:
            raise Difference(f"asked to end, these did not: {', '.join(late)}")


def environment(more):
    """That of the caller, without what would steer the SDKs or Hopline otherwise."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "HOPLINE_"))}
    # Short, so that a run need not wait for the next batch.
    brisk = {"OTEL_BSP_SCHEDULE_DELAY": "200", "CARGO_TARGET_DIR": str(CACHE / "target-examples")}
    return {**own, **brisk, **more}


def digest(path):
    hashed = hashlib.sha256()
    ignored = LEFT_BEHIND
    for folder, folders, files in sorted(os.walk(path)):
        skip = ignored(folder, folders + files)
        folders[:] = sorted(name for name in folders if name not in skip)
        for name in sorted(name for name in files if name not in skip and name not in ("README.md", "expected.json")):
            hashed.update(f"{os.path.relpath(os.path.join(folder, name), path)}\0".encode())
            hashed.update((pathlib.Path(folder) / name).read_bytes())
    return hashed.hexdigest()[:12]


def free_port():
    """Below those that outgoing connections take, so that it stays free until the service binds it."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port

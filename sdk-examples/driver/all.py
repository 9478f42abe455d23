"""All examples: got ready two at a time, run one after the other, counted at the end."""
import concurrent.futures
import subprocess
import sys
import time

from .check import Difference
from .example import EXAMPLES, Example, NotInstalled
from .hopline import hopline
from .play import play
from .shop import Shop


def main(names):
    known = {path.name: Example(path) for path in sorted(EXAMPLES.iterdir()) if (path / "run").exists()}
    known["shop"] = Shop(known)
    for name in names:
        if name not in known:
            sys.exit(f"no example {name}; there are: {', '.join(known)}")
    chosen = [known[name] for name in names or known]
    parts = {part.name: part for example in chosen for part in example.parts()}
    outcome = {"passed": [], "failed": [], "skipped": []}
    with hopline() as url, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for part in parts.values():
            part.ready = pool.submit(part.prepare)
        for example in chosen:
            outcome[one(example, url)].append(example.name)
    if outcome["skipped"]:
        print(f"NOT RUN, and so not known to work: {', '.join(outcome['skipped'])}")
    print(", ".join(f"{len(names)} {how}" for how, names in outcome.items()))
    # Whoever asks for one by name wants it run.
    return 1 if outcome["failed"] or (names and outcome["skipped"]) else 0


def one(example, url):
    try:
        for part in example.parts():
            part.ready.result()
        began = time.monotonic()
        print(f"\n-- {example.name}", flush=True)
        play(example, url)
        print(f"-- {example.name}: as expected, {time.monotonic() - began:.1f} s", flush=True)
        return "passed"
    except NotInstalled as missing:
        print(f"-- {example.name}: NOT RUN: {missing}", flush=True)
        return "skipped"
    except (Difference, OSError, subprocess.SubprocessError) as difference:
        print(f"-- {example.name}: FAILED: {difference}", flush=True)
        return "failed"

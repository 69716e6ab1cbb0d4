"""Measure by the book's rules of fair measuring.

Same work under every condition; conditions interleaved; repeats, with median and spread; a warm-up
that is thrown away; only what completed inside the window is counted; latency from an open loop,
where a slow answer does not delay the next question. What two noisy cores show is a relation, not a law.
"""

import math
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version


def short(number: float) -> str:
    """Three digits, and never an exponent for what a reader has in whole: 0.0123, 1.23, 123, 1230."""
    return f"{number:.3g}" if abs(number) < 999.5 else f"{number:.0f}"


@dataclass(frozen=True)
class Sample:
    """Repeats of one figure. `unit` says of what."""

    values: tuple[float, ...]
    unit: str = "ms"

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """Smallest and largest repeat."""
        return min(self.values), max(self.values)

    def percentile(self, share: float) -> float:
        """The value that `share` (0 to 1) of the repeats do not exceed."""
        ordered = sorted(self.values)
        return ordered[max(0, math.ceil(len(ordered) * share) - 1)]

    def __repr__(self) -> str:
        low, high = self.spread
        return f"{short(self.median)} {self.unit} (of {len(self.values)}: {short(low)} to {short(high)})"


def interleaved(
    conditions: dict[str, Callable[[], object]], repeats: int = 5, warm_up: int = 1
) -> dict[str, Sample]:
    """Time each condition `repeats` times, in turns, so that whatever else the machine does hits all alike.

    Milliseconds of wall time a call. The first `warm_up` rounds are thrown away.
    """
    taken: dict[str, list[float]] = {name: [] for name in conditions}
    for turn in range(warm_up + repeats):
        for name, act in conditions.items():
            began = time.perf_counter()
            act()
            if turn >= warm_up:
                taken[name].append((time.perf_counter() - began) * 1000)
    return {name: Sample(tuple(values)) for name, values in taken.items()}


def import_time(*modules: str, repeats: int = 5) -> dict[str, Sample]:
    """Milliseconds to import each module in a fresh interpreter, beyond the interpreter's own start."""
    probe = "import time; t = time.perf_counter(); import {}; print((time.perf_counter() - t) * 1000)"

    def once(module: str) -> float:
        done = subprocess.run([sys.executable, "-c", probe.format(module)], capture_output=True, text=True)
        if done.returncode:
            raise ImportError(f"{module}: {done.stderr.strip().splitlines()[-1]}")
        return float(done.stdout.split()[-1])  # the module may print, too

    taken: dict[str, list[float]] = {module: [] for module in modules}
    for turn in range(1 + repeats):
        for module in modules:
            value = once(module)
            if turn:
                taken[module].append(value)
    return {module: Sample(tuple(values)) for module, values in taken.items()}


def memory_of(pid: int) -> float:
    """MiB of a process and its descendants: PSS on Linux (shared pages split among those who share
    them), USS elsewhere (private pages alone, which is less)."""
    import psutil

    total = 0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            details = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        total += getattr(details, "pss", details.uss)
    return total / 2**20


@dataclass(frozen=True)
class Load:
    """What came of a load: latencies (ms) of the answers, what failed, and the window in seconds."""

    latency: Sample
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second that completed inside the window."""
        return len(self.latency.values) / self.seconds

    def __repr__(self) -> str:
        p50, p99 = self.latency.percentile(0.5), self.latency.percentile(0.99)
        return (
            f"{short(self.rate)} requests/s, p50 {short(p50)} ms, p99 {short(p99)} ms, failed {self.failed}"
        )


def open_loop(url: str, rate: float, seconds: float = 5, warm_up: float = 1, clients: int = 64) -> Load:
    """Ask for `url` at a fixed `rate` a second, whether or not earlier answers have come.

    Latency counts from the moment the request was due, so that a queue shows. Connections are
    pooled, one a client. Answers of the warm-up, and those that come after the window, do not count;
    statuses of 400 and more are failures.
    """
    import requests

    local = threading.local()
    answers: list[tuple[float, float, bool]] = []
    began = time.perf_counter()

    def ask(due: float) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        try:
            ok = local.session.get(url, timeout=30).ok
        except requests.RequestException:
            ok = False
        answers.append((due, time.perf_counter(), ok))

    with ThreadPoolExecutor(clients) as pool:
        for number in range(int(rate * (warm_up + seconds))):
            due = began + number / rate
            time.sleep(max(0, due - time.perf_counter()))
            pool.submit(ask, due)
    opens, closes = began + warm_up, began + warm_up + seconds
    inside = [(due, done, ok) for due, done, ok in answers if due >= opens and done <= closes]
    latency = tuple((done - due) * 1000 for due, done, ok in inside if ok)
    if not latency:
        raise RuntimeError(
            f"no request to {url} was answered well inside the window of {seconds} s; {len(inside)} failed"
        )
    return Load(Sample(latency), sum(not ok for *_, ok in inside), seconds)


def closed_loop(url: str, clients: int = 8, seconds: float = 5, warm_up: float = 1) -> Load:
    """`clients` ask for `url` as fast as they are answered: what the service can do at most."""
    import requests

    answers: list[tuple[float, float, bool]] = []
    began = time.perf_counter()
    opens, closes = began + warm_up, began + warm_up + seconds

    def client() -> None:
        with requests.Session() as session:
            while (asked := time.perf_counter()) < closes:
                try:
                    ok = session.get(url, timeout=30).ok
                except requests.RequestException:
                    ok = False
                answers.append((asked, time.perf_counter(), ok))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inside = [(asked, done, ok) for asked, done, ok in answers if opens <= done <= closes]
    latency = tuple((done - asked) * 1000 for asked, done, ok in inside if ok)
    if not latency:
        raise RuntimeError(
            f"no request to {url} was answered well inside the window of {seconds} s; {len(inside)} failed"
        )
    return Load(Sample(latency), sum(not ok for *_, ok in inside), seconds)


def machine(*packages: str) -> dict[str, str]:
    """What a figure was measured on: processor count, load, Python, and versions of packages."""
    facts = {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
    }
    return {**facts, **{name: version(name) for name in packages}}

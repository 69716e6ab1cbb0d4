"""Measure our own speed: what a reader waits for. Absolute times, so never part of a test.

    python tools/bench.py          everything, five repeats each (about two minutes)

Prints median and spread, and writes the raw figures with the machine's facts to `_build/bench.json`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5


def command(*argv: str) -> Callable[[], None]:
    def run() -> None:
        subprocess.run([sys.executable, *argv], cwd=ROOT, check=True, capture_output=True)

    return run


def stack(database: str) -> None:
    from lab import Stack

    Stack("monolith", database=database).stop()


def checked(number: str) -> None:
    from lab import notebooks
    from lab.checks import desk
    from lab.checks.judge import judge

    assert judge(desk.exercise(number), notebooks.solution(number)).passed


def seeded(events: int, orders: int) -> None:
    from lab import Stack

    with Stack("monolith", database="sqlite", seed=False) as running:
        began = time.perf_counter()
        running.manage("monolith", "seed", f"--events={events}", f"--orders={orders}")
        seeding.append((time.perf_counter() - began) * 1000)


seeding: list[float] = []


def main() -> int:
    from lab.measure import Sample, import_time, interleaved, machine

    waits = {
        "lab --help": command("-m", "lab", "--help"),
        "stack on PostgreSQL, started and stopped": lambda: stack("postgres"),
        "stack on SQLite, started and stopped": lambda: stack("sqlite"),
        "check 01.1": lambda: checked("01.1"),
        "check 01.4, the slowest": lambda: checked("01.4"),
        "site built from nothing": command("tools/build.py", "--force"),
        "site that is up to date": command("tools/build.py"),
    }
    figures = interleaved(waits, repeats=REPEATS, warm_up=1)
    for _ in range(REPEATS):
        seeded(20, 2000)
    figures["seed: 20 events, 2 000 orders"] = Sample(tuple(seeding))
    figures["import lab.stack"] = import_time("lab.stack")["lab.stack"]
    facts = machine("django", "jupyter-book", "nbval")
    for name, sample in figures.items():
        low, high = sample.spread
        print(f"{name:44} {sample.median:8.0f} ms   ({low:.0f} to {high:.0f})")
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    target = ROOT / "_build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    raw = {name: sample.values for name, sample in figures.items()}
    target.write_text(json.dumps({"machine": facts, "milliseconds": raw}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAB_HOME"] = folder  # the reader's own folder is left alone
        sys.exit(main())

"""Run the tests of the book, and say in one place what passed, what failed and what was left out.

    python tools/test.py          all that this machine can run, but for browser and containers
    python tools/test.py site     the built pages in a real browser

Under CI=true nothing may be left out: a test that skips itself counts as failed.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from lab.arrangements import CONTEXTS

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "_build" / "reports"
BIN = Path(sys.executable).parent
CI = os.environ.get("CI") == "true"
WORKERS = ("-n", str(min(4, os.cpu_count() or 2)))
# Plugins that take seconds to load, in every worker, are loaded for what needs them.
HEAVY = ("nbval", "schemathesis")
NBVAL = (
    "--nbval",
    "--nbval-current-env",
    "--nbval-sanitize-with",
    "tests/sanitise.cfg",
    "--dist",
    "loadfile",
)


@dataclass
class Result:
    """What came of one part; `left_out` has (test, reason)."""

    name: str
    passed: int = 0
    failed: int = 0
    seconds: float = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)


def tool(name: str, *command: str) -> Result:
    """One command that passes or fails as a whole."""
    began = time.monotonic()
    print(f"\n== {name}", flush=True)
    code = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment()).returncode
    return Result(name, int(code == 0), int(code != 0), time.monotonic() - began)


def tests(name: str, *arguments: str, plugin: str = "") -> Result:
    """A run of pytest, counted from its own report; `plugin`: the heavy one that these tests need."""
    began = time.monotonic()
    print(f"\n== {name}", flush=True)
    report = REPORTS / f"{name.replace(' ', '-').replace(':', '-')}.xml"
    report.unlink(missing_ok=True)
    unloaded = [f"-pno:{heavy}" for heavy in HEAVY if heavy != plugin]
    command = [sys.executable, "-m", "pytest", "-q", "-rs", f"--junitxml={report}", *unloaded, *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment()).returncode
    result = counted(name, report) if report.exists() else Result(name, failed=1)
    result.seconds = time.monotonic() - began
    if code and not result.failed:  # a broken collection, or an interrupted run
        result.failed = 1
    if not result.passed and not result.failed:
        print(f"{name}: no test was found", flush=True)
        result.failed = 1
    return result


def counted(name: str, report: Path) -> Result:
    result = Result(name)
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif (skipped := case.find("skipped")) is not None:
            where = f"{case.get('classname')}.{case.get('name')}"
            result.left_out.append((where, skipped.get("message", "")))
        else:
            result.passed += 1
    return result


def environment() -> dict[str, str]:
    """No reader's progress, no reader's database; the environment's own commands first on the path."""
    dropped = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"}
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "LAB_HOME": str(ROOT / "_build" / "test-home")}


# The behavioural suite again, on the box office in each arrangement: all of it on PostgreSQL, where sales are
# decided by row locks, and without the crowd on SQLite, which knows none.
ON_POSTGRES = ("monolith", "databases", "split")
ON_SQLITE = ("monolith", "split", *(f"apart:{context}" for context in CONTEXTS))


def arrangements():
    for arrangement in ON_POSTGRES:
        yield behaviour(arrangement, "postgres", "tests/behaviour")
    for arrangement in ON_SQLITE:
        yield behaviour(arrangement, "sqlite", "tests/behaviour", "--ignore=tests/behaviour/test_crowd.py")


def behaviour(arrangement: str, database: str, *arguments: str) -> Result:
    name = f"behaviour of {arrangement} on {database}"
    where = ("--arrangement", arrangement, "--database", database)
    return tests(name, *arguments, *where, *WORKERS, "--dist", "loadfile")


def all_that_needs_no_browser():
    yield tool("lint", BIN / "ruff", "check", "-q", ".")
    yield tool("format", BIN / "ruff", "format", "-q", "--check", ".")
    yield tool("borders of the box office", BIN / "lint-imports", "--no-cache", "--no-logo")
    yield tool("exercises are derived", sys.executable, "tools/derive.py", "--check")
    yield tool("claims page", sys.executable, "tools/claims.py", "--check")
    yield tool("outputs are fresh", sys.executable, "tools/refresh.py", "--check")
    yield tests("monolith", "code/monolith", *WORKERS)
    yield tests("behaviour", "tests/behaviour", "tests/test_provider.py", *WORKERS, "--dist", "loadfile")
    yield from arrangements()
    yield tests("box office", "code/boxoffice", *WORKERS)
    yield tests(
        "box office in pieces", "tests/boxoffice", *WORKERS, "--dist", "loadfile", plugin="schemathesis"
    )
    yield tests("road", "tests/road", *WORKERS)
    yield tests("lab", "tests/lab", "tests/live", *WORKERS)
    yield tests("road for data", "tests/dataroad", *WORKERS)
    yield tests("book", "tests/book", *WORKERS)
    yield tests("notebooks", "book", "solutions", *NBVAL, *WORKERS, plugin="nbval")
    yield tool("site builds without a warning", sys.executable, "tools/build.py")
    yield tests("links", "tests/site/test_links.py", "tests/site/test_lighten.py")


def site():
    yield tests("browser", "tests/site", *WORKERS)


def summary(results: list[Result]) -> int:
    """Print what came of it all; the exit status."""
    print("\n== in all")
    for result in results:
        left = f", {len(result.left_out)} left out" if result.left_out else ""
        told = f"{result.passed} passed, {result.failed} failed{left}"
        print(f"{result.name:32} {told:36} {result.seconds:6.0f} s")
    left_out = [(result.name, *one) for result in results for one in result.left_out]
    for part, test, reason in left_out:
        print(f"left out of {part}: {test}: {reason}")
    if CI and left_out:
        print("CI=true: what is left out counts as failed")
    failed = sum(result.failed for result in results) + (len(left_out) if CI else 0)
    skipped = f", {len(left_out)} skipped" if left_out and not CI else ""
    print(f"{sum(result.passed for result in results)} passed, {failed} failed{skipped}")
    return int(failed > 0)


def main(what: list[str]) -> int:
    if what not in ([], ["site"]):
        print(f"test: there are no tests called {' '.join(what)!r}: say `site`, or nothing", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    return summary(list(site() if what else all_that_needs_no_browser()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

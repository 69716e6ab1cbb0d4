"""For all tests: under CI=true a test that leaves itself out has failed; and what comes from npm."""

import fcntl
import os
import re
import shutil
import subprocess

import pytest

from lab import redis
from lab.errors import NotHere
from lab.home import ROOT

TOOLS = ROOT / "tools"
OFFLINE = re.compile(
    r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b"
)
QUICK = ["--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
PATIENCE = 120  # seconds for a download of some 10 MB
OLDEST_NODE = 18  # what Pyodide asks for


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"left out under CI=true: {reason}"
    return report


def cannot(reason: str) -> None:
    """Skip on a reader's machine; fail where every test must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs_redis() -> None:
    """Leaves the test out where there is no Redis, as the README allows."""
    try:
        redis.program()
    except NotHere as problem:
        cannot(str(problem))


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node, once tools/node_modules is what the lock says."""
    found = shutil.which("node")
    if not found:
        cannot("there is no node on PATH")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        cannot(f"Pyodide needs Node {OLDEST_NODE} or newer, and this is {version}")
    install_from_npm()
    return found


def install_from_npm() -> None:
    """Bring tools/node_modules up to the lock, unless it is already."""
    lock, installed = TOOLS / "package-lock.json", TOOLS / "node_modules" / ".package-lock.json"
    with lock.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # workers of pytest-xdist share the folder
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        npm = shutil.which("npm")
        if not npm:
            cannot("tools/node_modules is missing or older than its lock, and there is no npm on PATH")
        command = [npm, "ci", "--ignore-scripts", *QUICK]
        try:
            done = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            cannot(f"npm has not installed what tools/package.json names within {PATIENCE} s")
    if done.returncode and (offline := OFFLINE.search(done.stderr)):
        cannot(f"npm cannot reach its registry ({offline[0]}), so nothing can be installed from there")
    assert done.returncode == 0, done.stderr

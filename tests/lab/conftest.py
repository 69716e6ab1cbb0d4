"""What the lab's tests share: folders of their own, small services, and a look for what was left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from known import SMALL

from lab import postgres, services, stack
from lab.errors import NotHere
from lab.home import CODE

APPS = Path(__file__).resolve().parent / "apps"


@pytest.fixture(scope="session", autouse=True)
def postgres_found():
    """Looked up once, before any test moves the temporary folder: root may need a copy there."""
    try:
        return postgres.programs()
    except NotHere:
        return None


@pytest.fixture
def ground(postgres_found):
    """A temporary folder for everything that a test starts. PostgreSQL may run as another account, so all may look."""
    folder = Path(tempfile.mkdtemp(prefix="lab-test-")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def surroundings(ground, tmp_path, monkeypatch):
    """Nothing of the reader's: a home, a temporary folder and an environment of the test's own."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(ground))
    monkeypatch.setattr(tempfile, "tempdir", str(ground))
    for name in ("DATABASE_URL", "REDIS_URL", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_stack_left():
    """Whatever a test did, its stacks end with it."""
    yield
    for running in list(stack._running.values()):
        running.stop()


@pytest.fixture
def small_services(monkeypatch):
    """Services of the tests' own, known to the lab by name."""
    for name, service in SMALL.items():
        monkeypatch.setitem(services.SERVICES, name, service)


class Traces:
    """Finds the processes and folders that came of a test."""

    def __init__(self, ground: Path) -> None:
        self.ground = ground
        self.mark = f"LAB_TEST_{uuid.uuid4().hex}"

    def processes(self) -> list[psutil.Process]:
        """Everything alive that carries our mark or works in our folder (PostgreSQL sees no environment of ours)."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = self.mark in process.environ() or process.cwd().startswith(str(self.ground))
                if ours and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def folders(self) -> list[Path]:
        """What stands in the temporary folder, but for root's copy of PostgreSQL, which is kept."""
        kept = "split-decisions-postgres-"
        return [path for path in self.ground.iterdir() if not path.name.startswith(kept)]

    def soon_gone(self, seconds: float = 20) -> bool:
        """Whether no process and no folder is left within so many seconds."""
        deadline = time.monotonic() + seconds
        while self.processes() or self.folders():
            if time.monotonic() > deadline:
                print("left:", [(p.pid, p.cmdline(), p.status()) for p in self.processes()], self.folders())
                return False
            time.sleep(0.05)
        return True


@pytest.fixture
def traces(ground, monkeypatch):
    """Traces of what the test starts from here on. What is still there at its end is ended by pid."""
    found = Traces(ground)
    monkeypatch.setenv(found.mark, "1")
    yield found
    for process in found.processes():
        with suppress(psutil.NoSuchProcess):
            process.kill()


class Kernel:
    """A Python process that starts a stack, as a notebook's kernel does, and can then be ended in any way."""

    def __init__(self, source: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", KERNEL + source],
            env={**os.environ, "PYTHONPATH": f"{CODE}{os.pathsep}{APPS}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # as in a terminal, also when the tests run in the background, where SIGINT is ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def says(self) -> str:
        """The next line that it prints."""
        line = self.process.stdout.readline().strip()
        assert line, self.process.stderr.read()
        return line

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


KERNEL = """
import os, signal, sys, time
import known
from lab import Stack, services
services.SERVICES |= known.SMALL
"""


@pytest.fixture
def kernel():
    """Starts kernels; those that still run at the test's end are ended."""
    started = []

    def start(source: str) -> Kernel:
        started.append(Kernel(source))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def taken_port():
    """A port on which somebody else listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def closed_port():
    """A port on which nobody listens, and nobody will while the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]

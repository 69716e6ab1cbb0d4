"""Setting up: what goes wrong is one line that says how to mend it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab.home import ROOT

MAKE = shutil.which("make")
NOWHERE = "http://127.0.0.1:9"  # the port that discards; nobody listens on it


@pytest.fixture
def clone(tmp_path) -> Path:
    """What a clone needs to be installed; its path has a blank in it, as some people's have."""
    folder = tmp_path / "my clone"
    (folder / "tools").mkdir(parents=True)
    (folder / "code").symlink_to(ROOT / "code")
    for name in ("Makefile", "requirements.txt", "tools/install.py", "tools/node-requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run(clone: Path, *command: str, **env: str) -> subprocess.CompletedProcess:
    """A command in the clone, as in a shell of its own: not as a part of the make that may run these tests."""
    outside = {name: value for name, value in os.environ.items() if "MAKE" not in name and name != "MFLAGS"}
    return subprocess.run(
        command, cwd=clone, env={**outside, **env}, capture_output=True, text=True, timeout=300
    )


def install(clone: Path, before: str = "", **env: str) -> subprocess.CompletedProcess:
    """Run the installer, after Python statements that change what it finds."""
    code = f"import runpy, sys\n{before}\nsys.argv = ['install.py']\nrunpy.run_path('tools/install.py', run_name='__main__')"
    return run(clone, sys.executable, "-c", code, **env)


def one_line(done: subprocess.CompletedProcess) -> str:
    """The one line of a failure; nothing else may be said on stderr."""
    assert done.returncode
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make:")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("install: ")
    return lines[0]


def test_a_python_that_is_too_old_is_told_from_one_that_is_missing(clone):
    said = one_line(install(clone, "sys.version_info = (3, 9, 2)"))
    assert "Python 3.9" in said and "3.11 or newer" in said and "PYTHON=" in said
    said = one_line(run(clone, MAKE, "install", "PYTHON=python-of-nowhere"))
    assert "there is no python-of-nowhere" in said and "3.11" in said


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_package_that_brings_it(clone, module):
    hide = f"import importlib.util as u; f = u.find_spec; u.find_spec = lambda n, *a: None if n == {module!r} else f(n, *a)"
    said = one_line(install(clone, hide))
    assert module in said and "python3-venv" in said


def test_too_little_room_is_said_before_anything_is_made(clone):
    full = "import shutil, types; shutil.disk_usage = lambda p: types.SimpleNamespace(free=200 << 20)"
    said = one_line(install(clone, full))
    assert "200 MB are free" in said and "make room" in said
    assert not (clone / ".venv").exists()


def test_no_network_is_said_and_the_next_try_goes_on(clone, tmp_path):
    offline = {
        "PIP_INDEX_URL": NOWHERE,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
    }
    offline |= {"PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    said = one_line(install(clone, **offline))
    assert "cannot be fetched" in said and "network" in said and "again" in said
    assert (clone / ".venv" / "bin" / "python").exists() and not (clone / ".venv" / "installed").exists()


def test_an_environment_that_was_moved_or_half_made_is_made_anew(clone):
    shutil.copytree(ROOT / "tools", clone / "more")
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "place").write_text("/somewhere/else")
    (clone / ".venv" / "of the old one").touch()
    done = install(
        clone, PIP_INDEX_URL=NOWHERE, PIP_RETRIES="0", PIP_NO_CACHE_DIR="1", PIP_CONFIG_FILE=os.devnull
    )
    assert done.returncode and not (clone / ".venv" / "of the old one").exists()
    assert (clone / ".venv" / "place").read_text() == str(clone)


def test_a_clone_is_installed_into_itself_and_the_second_time_does_nothing(clone):
    before = {path.name for path in clone.iterdir()}
    done = run(clone, MAKE, "install", f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in clone.iterdir()} - before == {".venv"}
    lab = clone / ".venv" / "bin" / "lab"
    assert "check" in run(clone, str(lab), "--help").stdout
    again = run(clone, MAKE, "install", f"PYTHON={sys.executable}")
    assert again.returncode == 0 and again.stdout == again.stderr == ""


# make


def test_help_lists_every_target_with_a_line():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    listed = dict(re.findall(r"^make (\S+) +(.+)$", run(ROOT, MAKE, "help").stdout, re.MULTILINE))
    assert set(listed) == targets == set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert all(listed.values())


def test_a_step_that_fails_fails_its_target(clone):
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / "tools" / "install.py").write_text("")
    (clone / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 3\n")
    (clone / ".venv" / "bin" / "python").chmod(0o755)
    for target in ("site", "book", "test", "exercises", "refresh", "bench"):
        assert run(clone, MAKE, target).returncode, target


# serving


def test_a_taken_port_is_said_with_a_way_out():
    if not (ROOT / "_build" / "html" / "index.html").exists():
        subprocess.run([sys.executable, "tools/build.py"], cwd=ROOT, check=True, capture_output=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(ROOT, sys.executable, "tools/serve.py", "--port", port)
    assert done.returncode == 1
    assert (
        done.stderr.count("\n") == 1
        and f"port {port} cannot be had" in done.stderr
        and "PORT=" in done.stderr
    )


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8000.5"])
def test_what_is_no_port_is_refused(port):
    done = run(ROOT, sys.executable, "tools/serve.py", f"--port={port}")
    assert done.returncode == 2 and "is no port" in done.stderr

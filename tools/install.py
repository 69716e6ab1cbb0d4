"""Make `.venv` from the lock: with the system's Python, before anything else is there.

    python3 tools/install.py           install what the lock names, unless it is installed already
    python3 tools/install.py --node    and node with npm from a wheel, where this machine has none

Every way to fail is one line that says how to mend it. What was half done is done again next time.
"""

import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # before anything that an old Python could not even read
    sys.exit(
        f"install: this is Python {sys.version_info[0]}.{sys.version_info[1]}, and the book needs 3.11 or newer. "
        "Name another: make install PYTHON=python3.12"
    )

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LOCK = ROOT / "requirements.txt"
NODE_LOCK = ROOT / "tools" / "node-requirements.txt"
STAMP = VENV / "installed"
NODE_STAMP = VENV / "node-installed"
NEEDED = 1 << 30  # bytes, with a little to spare
OFFLINE = re.compile(
    r"dns error|name resolution|name or service not known|network is unreachable|connection (refused|reset)"
    r"|failed to (fetch|connect)|could not connect|error sending request|timed out|tunnel|no route to host"
    r"|No matching distribution found for uv",
    re.IGNORECASE,
)
LAB = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from lab.cli import main

sys.exit(main())
"""


def stop(sentence: str) -> None:
    sys.exit(f"install: {sentence}")


def state(lock: Path) -> str:
    """What the stamp must say: this lock, in this place, under this Python."""
    told = f"{lock.read_text()}\n{ROOT}\n{sys.version_info[:2]}"
    return hashlib.sha256(told.encode()).hexdigest()


def is_installed(stamp: Path, lock: Path) -> bool:
    return stamp.exists() and stamp.read_text() == state(lock) and (BIN / "python").exists()


def run(*command, **more) -> None:
    """Run a step of the installation; its failure ends ours with one line."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    except OSError as problem:
        stop(f"{command[0]} cannot be run: {problem.strerror}")
    if not done.returncode:
        return
    said = f"{done.stdout}\n{done.stderr}".strip()
    if "No space left on device" in said or "os error 28" in said:
        stop(f"the disk is full: make room (the book takes about {NEEDED >> 30} GB), then run it again")
    if OFFLINE.search(said):
        stop("the packages cannot be fetched. Is there a network? Then run it again: it goes on where it was")
    log = VENV / "install.log"
    with contextlib.suppress(OSError):
        log.write_text(said + "\n")
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    cause = next((line for line in lines if line.lower().startswith("error")), lines[-1])
    stop(f"`{Path(command[0]).name} {' '.join(map(str, command[1:4]))} …` failed: {cause} (all of it: {log})")


def preconditions() -> None:
    if sys.platform not in ("linux", "darwin"):
        stop("the book runs on Linux and macOS. On Windows, work inside WSL 2")
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            stop(
                f"this Python has no {module}. Debian and Ubuntu: apt install python3-venv. "
                "Or name another Python: make install PYTHON=python3.12"
            )
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED:
        stop(f"{free >> 20} MB are free here, and the book takes about {NEEDED >> 20}: make room first")


def environment() -> dict[str, str]:
    """For uv: this environment, whatever else is active."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {**kept, "VIRTUAL_ENV": str(VENV), "UV_NO_PROGRESS": "1"}


def make_environment() -> None:
    if VENV.exists() and not is_installed(STAMP, LOCK):
        made_here = (VENV / "place").exists() and (VENV / "place").read_text() == str(ROOT)
        if not made_here or not works():
            shutil.rmtree(VENV)
    if not VENV.exists():
        run(sys.executable, "-m", "venv", VENV)
        (VENV / "place").write_text(str(ROOT))


def works() -> bool:
    """Whether the environment's Python runs, and is the version that asks."""
    code = "import sys; print(sys.version_info[:2])"
    try:
        done = subprocess.run([str(BIN / "python"), "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return done.stdout.strip() == str(sys.version_info[:2])


def install_packages() -> None:
    found = re.search(r"^uv==.*\n(?: +--hash=.*\n)+", LOCK.read_text(), re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "uv.txt")
        first.write_text(found[0])
        quiet = ("--disable-pip-version-check", "--quiet")
        run(BIN / "python", "-m", "pip", "install", *quiet, "--require-hashes", "-r", first)
    run(BIN / "uv", "pip", "sync", "--require-hashes", LOCK, env=environment())


def install_lab() -> None:
    """Make `import lab` and the `lab` command work in this environment, in no other."""
    packages = next(VENV.glob("lib/python*/site-packages"))
    (packages / "split_decisions.pth").write_text(f"{ROOT / 'code'}\n")
    (BIN / "lab").write_text(LAB.format(python=BIN / "python"))
    (BIN / "lab").chmod(0o755)
    # nbgrader is here for teachers: its buttons in JupyterLab would only compete with `check`
    settings = VENV / "etc" / "jupyter" / "labconfig"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "page_config.json").write_text('{"disabledExtensions": {"@jupyter/nbgrader": true}}\n')


def install_node() -> None:
    """node and npm into .venv/bin, if there are none: the wheel brings both."""
    if is_installed(NODE_STAMP, NODE_LOCK):
        return
    if shutil.which("node") and shutil.which("npm"):
        return
    print("install: there is no node here, so it comes from its wheel", flush=True)
    run(BIN / "uv", "pip", "install", "--require-hashes", "-r", NODE_LOCK, env=environment())
    NODE_STAMP.write_text(state(NODE_LOCK))


def main() -> None:
    if not is_installed(STAMP, LOCK):
        preconditions()
        print("install: filling .venv (about 700 MB, a minute or two the first time)", flush=True)
        make_environment()
        STAMP.unlink(missing_ok=True)
        NODE_STAMP.unlink(missing_ok=True)
        install_packages()
        install_lab()
        STAMP.write_text(state(LOCK))
    if "--node" in sys.argv[1:]:
        install_node()


if __name__ == "__main__":
    try:
        main()
    except OSError as problem:
        stop(f"{problem.strerror or problem}: {problem.filename or ROOT}")

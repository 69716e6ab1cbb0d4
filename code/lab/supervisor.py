"""Owns every process that a kernel starts, and ends them all when the kernel is gone.

Runs as `python -m lab.supervisor` in a session of its own, and speaks JSON lines: commands on
stdin, one reply a command on stdout. The kernel holds the other end of stdin. However the kernel
ends (restart, crash, kill -9), that pipe closes, or our parent is another, and everything here is
ended: frozen processes, processes that left their group, and PostgreSQL, which would outlive a
killed owner.

Should this process itself be killed, Linux ends its children (PR_SET_PDEATHSIG). Their own children,
such as gunicorn's workers, then notice and end by themselves, unless they are frozen.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

REAPS_EVERY = 1.0  # seconds: it looks at every process of this machine

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# A tree is ended with this signal first; PostgreSQL cleans up its shared memory on SIGQUIT.
LAST_WORDS = {"postgres": signal.SIGQUIT}


def die_with_parent() -> None:
    """In the child, between fork and exec: be killed when the supervisor is (Linux only)."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tree(pid: int) -> list[psutil.Process]:
    """The process and all its living descendants, eldest first."""
    try:
        eldest = psutil.Process(pid)
        return [eldest, *eldest.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def send(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


class Supervisor:
    """The children by name, and the folders to remove at the end."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen] = {}
        self.folders: list[str] = []
        self.reaped = 0.0
        if _libc:
            _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)

    def start(self, name, argv, env, cwd, log, errors=None, user=None, kind="") -> dict:
        """Start a child in a session of its own, its output appended to the file `log`.

        `errors` is another file for stderr; without it, both go to `log`.
        """
        with open(log, "ab") as output, open(errors or log, "ab") as complaints:
            child = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=complaints,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **({"user": user, "group": user, "extra_groups": []} if user is not None else {}),
            )
        child.kind = kind
        self.children[name] = child
        return {"pid": child.pid}

    def own(self, folder) -> dict:
        """Remove `folder` when everything has ended."""
        self.folders.append(folder)
        return {}

    def poll(self, name) -> dict:
        """`code` is None while the child runs, else its exit status (negative: the signal)."""
        return {"code": self.children[name].poll()}

    def signal(self, name, number) -> dict:
        """Send a signal to the child and all its descendants; says how many there were."""
        child = self.children[name]
        # the number of a child that has ended and been polled may be another process's by now
        family = tree(child.pid) if child.poll() is None else []
        send(family, number)
        return {"count": len(family)}

    def stop(self, name, timeout=10.0) -> dict:
        """End the child in good order within `timeout` seconds, else kill it; its descendants go too."""
        child = self.children.pop(name)
        family = tree(child.pid) if child.poll() is None else []
        send(family, signal.SIGCONT)
        send(family[:1], LAST_WORDS.get(child.kind, signal.SIGTERM))
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout)
        send(family, signal.SIGKILL)
        with suppress(ProcessLookupError, PermissionError):  # what it left in its session
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return {"code": child.returncode}

    def end_all(self) -> None:
        """End every child and every orphan that came to us, then remove the folders."""
        for name in list(self.children)[::-1]:
            with suppress(Exception):
                self.stop(name, timeout=2.0)
        deadline = time.monotonic() + 5
        while (orphans := psutil.Process().children(recursive=True)) and time.monotonic() < deadline:
            send(orphans, signal.SIGKILL)
            psutil.wait_procs(orphans, timeout=1)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def reap(self) -> None:
        """Bury orphans that came to us and have ended, if we have not looked for any lately."""
        if time.monotonic() - self.reaped < REAPS_EVERY:
            return
        self.reaped = time.monotonic()
        ours = {child.pid for child in self.children.values()}
        for process in psutil.Process().children():
            with suppress(psutil.NoSuchProcess, ChildProcessError):
                if process.pid not in ours and process.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(process.pid, os.WNOHANG)

    def obey(self, command: dict) -> dict:
        action = command.pop("do")
        if action not in {"start", "own", "poll", "signal", "stop"}:
            return {"error": f"unknown command {action!r}"}
        name = command.get("name")
        if action in {"poll", "signal", "stop"} and name not in self.children:
            return {"error": f"nothing called {name!r} was started"}
        try:
            return getattr(self, action)(**command)
        except Exception as problem:  # the kernel must get an answer, whatever went wrong here
            return {"error": f"{type(problem).__name__}: {problem}"}


def lines(kernel: int) -> Iterator[bytes]:
    """Each line that the kernel writes to our stdin, until the kernel is gone.

    A process that the kernel forked holds the pipe open as well, so the kernel's pid is watched, too.
    """
    pending = b""
    while True:
        if select.select([sys.stdin.fileno()], [], [], 1)[0]:
            chunk = os.read(sys.stdin.fileno(), 1 << 16)
            if not chunk:
                return
            *whole, pending = (pending + chunk).split(b"\n")
            yield from whole
        elif os.getppid() != kernel:
            return


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    supervisor = Supervisor()
    try:
        for line in lines(os.getppid()):
            command = json.loads(line)
            asked = command.pop("ask")
            print(json.dumps({"ask": asked, **supervisor.obey(command)}), flush=True)
            supervisor.reap()
    except BrokenPipeError:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not leave half of them running
        supervisor.end_all()
        # the pipe to a dead kernel is broken: do not let the interpreter complain about it at exit
        os._exit(0)


if __name__ == "__main__":
    main()

"""Is this machine ready for the book? Each finding says what to do when it is not."""

import platform
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.errors import LabError
from lab.home import ROOT, home

GIB = 1 << 30


@dataclass(frozen=True)
class Finding:
    """`ok` False with `needed` False: the book runs, but for the cells that `mend` names."""

    what: str
    ok: bool
    detail: str
    mend: str = ""
    needed: bool = True

    def __str__(self) -> str:
        mark = "ok     " if self.ok else "mend   " if self.needed else "missing"
        return f"{mark} {self.what}: {self.detail}" + (f"\n        {self.mend}" if not self.ok else "")


class Findings(list):
    """All findings; shown one a line."""

    @property
    def ready(self) -> bool:
        return all(finding.ok or not finding.needed for finding in self)

    def __repr__(self) -> str:
        end = "This machine is ready." if self.ready else "Mend what is marked, then run this again."
        return "\n".join([*map(str, self), "", end])


def python() -> Finding:
    found = platform.python_version()
    return Finding(
        "Python", sys.version_info >= (3, 11), found, "The book needs 3.11 or newer: PYTHON=… make install"
    )


def system() -> Finding:
    found = f"{platform.system()} {platform.machine()}"
    return Finding(
        "system", platform.system() in ("Linux", "Darwin"), found, "On Windows, work inside WSL 2."
    )


def disk() -> Finding:
    free = shutil.disk_usage(ROOT).free / GIB
    return Finding("disk", free > 0.5, f"{free:.1f} GiB free", "Databases need about 0.5 GiB: make room.")


def memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / GIB
    return Finding(
        "memory", free > 1, f"{free:.1f} GiB available", "Two stacks need about 1 GiB: close something."
    )


def own_folder() -> Finding:
    try:
        probe = home() / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as problem:
        return Finding("work/", False, str(problem), "Your answers are kept there: make it writable.")
    return Finding("work/", True, "can be written")


def database() -> Finding:
    from lab.processes import Processes

    return _tried("PostgreSQL", Processes().database, "probe")


def redis() -> Finding:
    from lab.processes import Processes

    found = _tried("Redis", Processes().redis)
    return Finding(found.what, found.ok, found.detail, found.mend, needed=False)


def _tried(what: str, start: Callable, *arguments) -> Finding:
    """Start a store, and say how long that took; the backend is closed again."""
    backend = start.__self__
    began = time.perf_counter()
    try:
        start(*arguments)
        return Finding(what, True, f"starts in {time.perf_counter() - began:.1f} s")
    except (LabError, OSError) as problem:
        return Finding(what, False, "does not start", str(problem))
    finally:
        backend.close()


def check_machine() -> Findings:
    """Look at everything, starting PostgreSQL and Redis for a moment."""
    return Findings(look() for look in (python, system, disk, memory, own_folder, database, redis))

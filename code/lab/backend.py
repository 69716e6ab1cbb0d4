"""What a stack needs from whatever runs its services.

Two backends answer it: processes on this machine (`lab.processes`), and, in the published pages,
web workers in the reader's browser. Notebooks speak to `Stack` alone and do not see which.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Service:
    """A service as it is asked for: what to run, and what it needs.

    `app` is the WSGI application as "module:attribute"; or `asgi` an ASGI application, for sockets; or `command` a management command that goes on until it
    is ended, and answers nobody: it is ready when its log says that it begins. `settings` the Django settings module, if it
    is a Django service; `needs` the services that must run first, by the environment variable that
    tells this one their base URL; `health` answers 200 once the service can work.
    """

    name: str
    app: str = ""
    settings: str | None = None
    needs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    health: str = "/health/ready"
    prepare: tuple[tuple[str, ...], ...] = ()
    threads: int = 16
    command: tuple[str, ...] = ()
    asgi: str = ""


@dataclass
class Ran:
    """What a piece of source did inside a service.

    `data` is a MIME bundle of its last expression (or None), `values` the names asked for,
    `error` a readable traceback (or None).
    """

    stdout: str = ""
    data: dict | None = None
    values: dict = field(default_factory=dict)
    error: str | None = None


class Backend(Protocol):
    """Runs services. Every method but `start` raises UnknownService for a name that was not started."""

    def reserve(self, name: str) -> str:
        """The base URL that the service of that name will have; `start` gives it that address."""

    def start(self, service: Service, env: dict[str, str], prepare=()) -> str:
        """Start the service, wait until it is ready, and return its base URL.

        It runs the management commands `prepare` first, each a sequence of words.
        """

    def run(self, service: Service, env: dict[str, str], *arguments: str) -> str:
        """Run a management command of the service to its end, and return what it printed."""

    def inside(
        self, service: Service, env: dict[str, str], source: str, names: list[str], seconds: float
    ) -> Ran:
        """Run source in the service's environment, apart from the service's own process."""

    def kill(self, name: str) -> None:
        """End it at once, with no chance to clean up."""

    def in_flight(self, name: str) -> int:
        """How many requests it is answering now; of one that was killed, how many it never answered."""

    def freeze(self, name: str) -> None:
        """Let it keep its connections and answer nothing."""

    def thaw(self, name: str) -> None:
        """Let a frozen service go on."""

    def stop(self, name: str) -> None:
        """End it in good order."""

    def alive(self, name: str) -> bool: ...

    def log(self, name: str) -> str:
        """All that the service has printed so far."""

    def memory(self, name: str) -> float:
        """MiB that the service costs this machine (see lab.measure.memory)."""

    def database(self, name: str) -> str:
        """Make an empty database of that name, and return its URL."""

    def file(self, name: str) -> Path:
        """Where a file of that name lies that services of this stack and the lab share; it is not made."""

    def redis(self) -> str:
        """The URL of a Redis server, started when first asked for, and again after `kill("redis")`. NotHere where
        there is none.
        """

    def close(self) -> None:
        """End everything that was started."""

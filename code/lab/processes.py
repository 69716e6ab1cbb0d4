"""The backend of this machine: each service a process, owned by a supervisor."""

import contextlib
import hashlib
import json
import math
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from pathlib import Path
from urllib.parse import urlsplit

from lab import measure, postgres, redis
from lab.backend import Ran, Service
from lab.calls import InFlight
from lab.errors import LabError, NotHere, ServiceFailed, UnknownService
from lab.home import CODE

LOWEST_PORT = 20000
READY_WITHIN = 60  # seconds; two busy cores are slow at times
# Databases on a server that is not ours: this machine, the kernel's pid, and a name of its own
OURS = f"split_decisions_{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}_"


def free_port() -> int:
    """A port of loopback that nobody has.

    From below those that the system gives to outgoing connections, of which there are many while tests run: a service
    that was promised one of these might find it taken by the time it starts.
    """
    for _ in range(100):
        port = LOWEST_PORT + secrets.randbelow(_lowest_outgoing() - LOWEST_PORT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NotHere(f"no port of loopback from {LOWEST_PORT} on is free")


def _lowest_outgoing() -> int:
    try:
        found = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        found = 32768  # macOS begins at 49152
    return found if found > LOWEST_PORT + 1000 else 65536


def _refused(how: str, problem: Exception) -> ServiceFailed:
    """One sentence about the reader's own server; the driver's words may go on for several lines."""
    words = str(problem).strip().partition("\n")[0].rstrip(".")
    if 'token: "' in words:  # the driver quotes what it cannot decode, and that may be a password
        words = words.partition('token: "')[0] + "token (a % in a password is written %25)"
    return ServiceFailed(
        f"DATABASE_URL names a PostgreSQL server that {how}: {words}. "
        "Mend it, or unset it to use the lab's own server."
    )


class Supervisor:
    """The kernel's end of `lab.supervisor`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lab.supervisor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(CODE)},
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self._asking = threading.Lock()
        self._asked = 0
        self._end = weakref.finalize(self, self._let_go, self.process)

    @staticmethod
    def _let_go(process: subprocess.Popen) -> None:
        with contextlib.suppress(OSError):
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.stdout.close()

    def ask(self, action: str, **details) -> dict:
        """One command, one reply; LabError when it was refused or the supervisor is gone."""
        with self._asking:
            self._asked += 1
            try:
                self.process.stdin.write(json.dumps({"do": action, "ask": self._asked, **details}) + "\n")
                # the reply to a command whose caller was interrupted may still be in the pipe
                while (reply := json.loads(self.process.stdout.readline()))["ask"] != self._asked:
                    pass
            except (OSError, ValueError):
                raise LabError(
                    "the lab's supervisor is gone, and the services with it: stop the stack, then start it again"
                ) from None
        if "error" in reply:
            raise ServiceFailed(reply["error"])
        return reply

    def close(self) -> None:
        """End everything it owns."""
        self._end()


class Processes:
    """lab.backend.Backend on this machine. `database` is "postgres" or "sqlite"."""

    def __init__(self, database: str = "postgres") -> None:
        self.kind = database
        self.supervisor = Supervisor()
        # owned before it is made: a kernel that is killed in between leaves nothing
        self.folder = Path(tempfile.gettempdir(), f"split-decisions-{secrets.token_hex(8)}")
        self.supervisor.ask("own", folder=str(self.folder))
        self.folder.mkdir(mode=0o700)
        self.folder.chmod(0o755)  # PostgreSQL may run as another account, below this folder
        self.urls: dict[str, str] = {}
        self.pids: dict[str, int] = {}
        self.server: str | None = None
        self._making_server = threading.Lock()
        self.made: list[str] = []
        self.reserved: set[str] = set()

    # stores

    def database(self, name: str) -> str:
        if self.kind == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite3"
        if self.kind != "postgres":
            raise NotHere(f"the lab knows the databases 'postgres' and 'sqlite', not {self.kind!r}")
        with self._making_server:
            if self.server is None:
                self.server = self._server()
        name = f"{OURS}{os.getpid()}_{secrets.token_hex(3)}_{name}" if "postgres" not in self.pids else name
        try:
            postgres.execute(self.server, f'CREATE DATABASE "{name}"')
        except Exception as problem:
            if "postgres" in self.pids:
                raise
            raise _refused("makes no database for us", problem) from None
        self.made.append(name)
        return postgres.with_database(self.server, name)

    def _server(self) -> str:
        """The URL of a PostgreSQL server: the reader's own, or one started here."""
        given = os.environ.get("DATABASE_URL", "")
        if given.startswith("postgres"):
            try:
                self._drop_leftovers(given)
            except Exception as problem:
                raise _refused("does not let us in", problem) from None
            return given
        data, user, port = self.folder / f"postgres-{secrets.token_hex(3)}", postgres.runs_as(), free_port()
        made = self._to_its_end(postgres.initdb(data), {}, user=user)
        if made.returncode:
            raise ServiceFailed(f"PostgreSQL's initdb failed: {made.stderr.strip() or made.stdout.strip()}")
        self._spawn("postgres", postgres.argv(data, port), {}, user=user, kind="postgres")
        url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        try:
            self._wait("postgres", lambda: postgres.execute(url, "SELECT 1"))
        except ServiceFailed:
            self.stop("postgres")  # so that the next try begins afresh
            raise
        return url

    def file(self, name: str) -> Path:
        return self.folder / name

    def redis(self) -> str:
        """The URL of a Redis server: the reader's own by REDIS_URL, or one started here."""
        if given := os.environ.get("REDIS_URL"):
            return given
        if "redis" not in self.pids or not self.alive("redis"):
            data = self.folder / "redis"
            data.mkdir(exist_ok=True)
            # where it was before, with what it had: as a server that is started again
            self.urls.setdefault("redis", f"redis://127.0.0.1:{free_port()}/0")
            port = urlsplit(self.urls["redis"]).port
            self._spawn("redis", redis.argv(data, port), dict(os.environ))
            self._wait("redis", lambda: redis.ping(port))
        return self.urls["redis"]

    @staticmethod
    def _drop_leftovers(url: str) -> None:
        """Drop databases of ours whose kernel is gone: a server that is not ours outlives it."""
        for (name,) in postgres.execute(url, "SELECT datname FROM pg_database"):
            if found := re.match(rf"{OURS}(\d+)_", name):
                try:
                    os.kill(int(found[1]), 0)
                except ProcessLookupError:
                    postgres.execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                except PermissionError:
                    pass

    # services

    def environment(self, service: Service, env: dict[str, str]) -> dict[str, str]:
        """What the service's process sees: this machine's variables, without the kernel's own settings."""
        kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
        ours = {"PYTHONPATH": str(CODE), "LAB": "1", "LAB_APP": service.app, "PYTHONUNBUFFERED": "1"}
        if service.settings:
            ours["DJANGO_SETTINGS_MODULE"] = service.settings
        return {**kept, **ours, **service.env, **env}

    def reserve(self, name: str) -> str:
        """The base URL that the service of that name will have, for others to know before it runs."""
        self.urls[name] = f"http://127.0.0.1:{free_port()}"
        self.reserved.add(name)
        return self.urls[name]

    def start(self, service: Service, env: dict[str, str], prepare=()) -> str:
        if service.command:
            argv = [sys.executable, "-m", "django", *service.command]
            (self.folder / f"{service.name}.log").unlink(missing_ok=True)
            self._spawn(service.name, argv, self.environment(service, env))
            self._wait(service.name, lambda: self._begun(service))
            return ""
        # A port that was free a moment ago may be taken: take another, three times at most. A service
        # that is started again keeps its address.
        for attempt in range(3):
            if attempt or service.name not in self.urls:
                self.urls[service.name] = f"http://127.0.0.1:{free_port()}"
            address = self.urls[service.name].removeprefix("http://")
            argv = self._live(service, address) if service.asgi else self._pages(service, address)
            seen = {
                **self.environment(service, env),
                "LAB_IN_FLIGHT": str(self._in_flight(service.name)),
                "LAB_PREPARE": json.dumps(list(prepare)),
            }
            self._spawn(service.name, argv, seen)
            try:
                self._wait(service.name, lambda: self._healthy(service))
                return self.urls[service.name]
            except ServiceFailed:
                if (
                    attempt == 2
                    or service.name in self.reserved
                    or "already in use" not in self.log(service.name)
                ):
                    raise
        raise AssertionError("unreachable")

    @staticmethod
    def _pages(service: Service, address: str) -> list[str]:
        argv = [sys.executable, "-m", "gunicorn", "--bind", address, "--workers", "1"]
        argv += ["--worker-class", "gthread", "--threads", str(service.threads), "--timeout", "0"]
        return [*argv, "--no-control-socket", "--graceful-timeout", "5", "lab.serving:application"]

    @staticmethod
    def _live(service: Service, address: str) -> list[str]:
        host, _, port = address.partition(":")
        argv = [sys.executable, "-m", "uvicorn", "--host", host, "--port", port, "--log-level", "warning"]
        # a socket's messages are short; whoever answers no ping for half a minute is gone
        argv += ["--ws-max-size", "4096", "--ws-per-message-deflate", "false"]
        argv += ["--ws-ping-interval", "15", "--ws-ping-timeout", "15"]
        return [*argv, "--timeout-graceful-shutdown", "2", service.asgi]

    def _healthy(self, service: Service) -> None:
        import requests

        address = urlsplit(self.urls[service.name])
        # looked at first, because it costs nothing: many services that start at once are waited for at once
        socket.create_connection((address.hostname, address.port), timeout=2).close()
        requests.get(self.urls[service.name] + service.health, timeout=10).raise_for_status()

    def _begun(self, service: Service) -> None:
        if f"{service.command[0]}: begins" not in self.log(service.name):
            raise ServiceFailed("it has not said yet that it begins")

    def _spawn(self, name: str, argv: list[str], env: dict[str, str], user=None, kind: str = "") -> None:
        if name in self.pids and not self.alive(name):
            self.supervisor.ask("stop", name=name)
        log = self.folder / f"{name}.log"
        log.touch()
        details = {
            "argv": argv,
            "env": env,
            "cwd": str(self.folder),
            "log": str(log),
            "user": user,
            "kind": kind,
        }
        self.pids[name] = self.supervisor.ask("start", name=name, **details)["pid"]

    def _wait(self, name: str, ready) -> None:
        """Until `ready()` no longer raises; ServiceFailed, with the log's end, if that takes too long."""
        deadline = time.monotonic() + READY_WITHIN
        while True:
            code = self.supervisor.ask("poll", name=name)["code"]
            try:
                if code is None:
                    return ready()
            except Exception as problem:
                last = problem
            tail = "\n".join(self.log(name).splitlines()[-15:])
            if code is not None:
                raise ServiceFailed(
                    f"{name} ended with status {code} before it was ready. Its log ends:\n{tail}"
                )
            if time.monotonic() > deadline:
                raise ServiceFailed(
                    f"{name} was not ready after {READY_WITHIN} s ({last}). Its log ends:\n{tail}"
                )
            time.sleep(0.05)

    def run(self, service: Service, env: dict[str, str], *arguments: str) -> str:
        done = self._to_its_end([sys.executable, "-m", "django", *arguments], self.environment(service, env))
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise ServiceFailed(f"{service.name}: `{' '.join(arguments)}` failed: {' '.join(last)}")
        return done.stdout

    def inside(
        self, service: Service, env: dict[str, str], source: str, names: list[str], seconds: float
    ) -> Ran:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            job, report = Path(folder, "job.json"), Path(folder, "report.json")
            job.write_text(json.dumps({"source": source, "names": names, "report": str(report)}))
            seen = self.environment(service, {**env, "DJANGO_ALLOW_ASYNC_UNSAFE": "1"})
            program = [sys.executable, "-m", "lab.inside", str(job)]
            try:
                done = self._to_its_end(program, seen, seconds, together=True)
            except subprocess.TimeoutExpired as problem:
                return Ran(problem.output, error=f"still running after {seconds:g} s, so it was stopped")
            if not report.exists():
                return Ran(done.stdout, error=f"the cell ended its process (exit status {done.returncode})")
            return Ran(**{**json.loads(report.read_text()), "stdout": done.stdout})

    def _to_its_end(
        self, argv: list[str], env: dict[str, str], seconds: float = math.inf, user=None, together=False
    ) -> subprocess.CompletedProcess:
        """Run a program to its end; should the kernel end first, the supervisor ends it.

        `together` puts what it writes to stderr into its stdout, in order. subprocess.TimeoutExpired, with
        the output so far, after `seconds`.
        """
        name = f"run-{secrets.token_hex(4)}"
        output, errors = self.folder / f"{name}.out", self.folder / f"{name}.err"
        deadline = time.monotonic() + seconds
        errors.touch()
        details = {"argv": argv, "env": env, "cwd": str(self.folder), "user": user}
        details |= {"log": str(output), "errors": None if together else str(errors)}
        self.supervisor.ask("start", name=name, **details)
        try:
            while (code := self.supervisor.ask("poll", name=name)["code"]) is None:
                if time.monotonic() > deadline:
                    told = output.read_text(errors="replace")
                    raise subprocess.TimeoutExpired(argv, seconds, output=told)
                time.sleep(0.02)
            told = [path.read_text(errors="replace") for path in (output, errors)]
            return subprocess.CompletedProcess(argv, code, *told)
        finally:
            self.supervisor.ask("stop", name=name, timeout=1)
            output.unlink()
            errors.unlink()

    # what a lesson does to a service

    def kill(self, name: str) -> None:
        self._signal(name, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.alive(name) and time.monotonic() < deadline:
            time.sleep(0.005)

    def _in_flight(self, name: str) -> Path:
        return self.folder / f"{name}.in-flight"

    def in_flight(self, name: str) -> int:
        self._started(name)
        return InFlight.read(self._in_flight(name))

    def freeze(self, name: str) -> None:
        self._running(name)
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._running(name)
        self._signal(name, signal.SIGCONT)

    def stop(self, name: str) -> None:
        self._started(name)
        if self.alive(name):
            self.supervisor.ask("stop", name=name)
        del self.pids[name]

    def alive(self, name: str) -> bool:
        self._started(name)
        return self.supervisor.ask("poll", name=name)["code"] is None

    def log(self, name: str) -> str:
        self._started(name)
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def memory(self, name: str) -> float:
        self._running(name)
        return measure.memory_of(self.pids[name])

    def _signal(self, name: str, number: int) -> None:
        self._started(name)
        self.supervisor.ask("signal", name=name, number=int(number))

    def _started(self, name: str) -> None:
        if name not in self.pids:
            running = ", ".join(self.pids) or "nothing"
            raise UnknownService(f"this stack has no {name!r}. It runs: {running}")

    def _running(self, name: str) -> None:
        if not self.alive(name):
            raise LabError(f'{name} is not running now: stack.start("{name}") brings it back')

    def close(self) -> None:
        if self.server and "postgres" not in self.pids:
            for name in self.made:
                with contextlib.suppress(Exception):
                    postgres.execute(self.server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.supervisor.close()
        shutil.rmtree(self.folder, ignore_errors=True)  # the supervisor does that, unless it was killed
        self.pids.clear()

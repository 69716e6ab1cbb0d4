"""A stack: services that run together, which a notebook starts, breaks and measures."""

import json
import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from lab import arrangements
from lab.backend import Backend, Ran, Service
from lab.errors import LabError, StackRunning, UnknownService
from lab.home import CODE, folder_of
from lab.moving import NAME as CATALOG
from lab.moving import Moving, has_catalog, with_catalog
from lab.services import service, with_needs

_running: dict[str, "Stack"] = {}


def _backend(database: str) -> Backend:
    from lab.processes import Processes

    return Processes(database)


def _found_first(code) -> dict[str, str]:
    """The variable that lets a service find its package in the folder `code`, before the book's."""
    if code is None:
        return {}
    folder = folder_of(code)
    if not folder.is_dir() or os.pathsep in str(folder):
        raise LabError(f"code={str(code)!r} is no folder from which a service could run")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(CODE)])}


class Stack:
    """Services, started in order, each ready when the call returns; their databases filled with seed data.

        stack = Stack("monolith")              # and what it needs: the payment provider, PostgreSQL
        requests.get(stack.url("monolith"))
        stack.kill("provider")
        stack.stop()

        stack = Stack(arrangement="split")     # the box office, one process a context
        requests.get(stack.front)

    Also a context manager. Everything ends with the kernel at the latest, however the kernel ends.

    arrangement  the box office in place of named services: "monolith", "databases", "split", or
                 "apart:inventory" (or another context) for that one taken out (see lab.arrangements)

    code       a folder with another `monolith` in it, such as a tree on the road; the book's own without it.
               Where the catalogue moves out of that tree, its service runs, too (see lab.moving)
    database   "postgres" or "sqlite": what each Django service keeps its data in
    env        environment variables for every service, for example {"CACHE_URL": "dummy://"}
    redis      also start Redis, and tell the services its address in REDIS_URL; a name, such as
               "CACHE_URL", says which variable instead
    events     of an arrangement: what happens is told over Redis. Beside the service that tells runs its relay, as
               "orders-relay", and beside the one that listens its listener, "notifications-listen", and whoever holds
               open its sockets, "notifications-live" (in one process with all contexts: "web-relay" and so on)
    seed       fill the databases with the book's data
    databases  URLs of databases that are there already, by name, in place of new ones: those of a service,
               {"monolith": url}, or of an arrangement (lab.arrangements names them). They are migrated, and
               outlive the stack
    name       several stacks may run side by side under different names
    """

    def __init__(
        self,
        *services: str,
        arrangement: str | None = None,
        code=None,
        database="postgres",
        env=None,
        redis=False,
        events=False,
        seed=True,
        databases=None,
        name="main",
    ):
        if bool(services) == bool(arrangement):
            raise LabError('say which service to start: Stack("monolith"), or Stack(arrangement="split")')
        if events and not arrangement:
            raise LabError('events are the box office\'s: Stack(arrangement="split", events=True)')
        self.arrangement = arrangement
        self._redis, self._events = bool(redis or events), events
        self.parts = arrangements.parts(arrangement) if arrangement else []
        self.wanted = with_needs(services or ("provider",)) + [part.service for part in self.parts]
        names = {kept for part in self.parts for kept in part.databases.values()} or {*services}
        names |= {CATALOG} if has_catalog(services, code) else set()
        if strange := {*(databases or {})} - names:
            raise LabError(
                f"no database here is called {', '.join(sorted(strange))}. There are: {', '.join(sorted(names))}"
            )
        if name in _running:
            raise StackRunning(
                f"a stack called {name!r} runs already in this notebook ({', '.join(_running[name].names)}). "
                "Stop it first with .stop(), or start this one under another name: Stack(..., name='second')"
            )
        self.name = name
        self.backend = _backend(database)
        # seconds from its start to its first healthy answer; in an arrangement with its databases prepared
        self.ready_after: dict[str, float] = {}
        self.given: dict[str, str] = databases or {}
        self.env: dict[str, dict[str, str]] = {}
        self._urls: dict[str, str] = {}
        self._stopped = False
        self.carriers: list[Service] = []  # processes that carry messages, and answer nobody
        self._moving: Moving | None = None
        _running[name] = self
        try:
            if has_catalog(services, code):
                self._moving = Moving(folder_of(code), self.backend)
                self.wanted = with_catalog(self.wanted)
            common = {"SECRET_KEY": secrets.token_urlsafe(40), **_found_first(code), **(env or {})}
            if redis or events:
                common[redis if isinstance(redis, str) else "REDIS_URL"] = self.backend.redis()
            if events:
                common["TASK_WORKER"] = "1"
            if self.parts:
                self._start_arrangement(env or {}, common, seed)
                for part in self.parts if events else ():
                    self._start_carriers(part)
            else:
                for wanted in self.wanted:
                    own = self._moving.environment(wanted.name) if self._moving else {}
                    self._prepare(wanted, {**common, **own, **(env or {})}, seed)
                    self._start(wanted)
                if self._moving:  # where a copy is made from: the service itself never asks there
                    self.env[CATALOG]["OLD_DATABASE_URL"] = self.env["monolith"]["DATABASE_URL"]
        except BaseException:
            self.stop()
            raise

    def _prepare(self, wanted, common: dict, seed: bool) -> None:
        addresses = {variable: self._urls[needed] for variable, needed in wanted.needs.items()}
        self.env[wanted.name] = {**addresses, **common}
        if wanted.settings:
            self.env[wanted.name].setdefault("DATABASE_URL", self._database(wanted.name))
            for command in wanted.prepare:
                if seed or command[0] != "seed":
                    self.backend.run(wanted, self.env[wanted.name], *command)

    def _database(self, name: str) -> str:
        """The URL of the given database of that name, or of a new one."""
        return self.given.get(name) or self.backend.database(name)

    def _start_arrangement(self, env: dict, common: dict, seed: bool) -> None:
        """Each knows where the others will be before any of them runs, so all can be started at once."""
        provider, *others = self.wanted
        urls = {wanted.name: self.backend.reserve(wanted.name) for wanted in self.wanted}
        own = arrangements.environments(self.parts, urls)
        self.env["provider"] = common
        for part in self.parts:
            self.env[part.name] = {**common, **own[part.name], **env}
        if self._events:
            self._announce_sockets()
        databases = {part.name: part.databases for part in self.parts}

        def begin(wanted: Service) -> None:
            for variable, database in databases.get(wanted.name, {}).items():
                if variable not in self.env[wanted.name]:
                    self.env[wanted.name][variable] = self._database(database)
            prepare = [[word for word in command if seed or word != "--seed"] for command in wanted.prepare]
            self._start(wanted, prepare)

        with ThreadPoolExecutor(len(self.wanted)) as pool:
            for ending in [pool.submit(begin, wanted) for wanted in (provider, *others)]:
                ending.result()

    def _announce_sockets(self) -> None:
        """The pages are told where sockets are opened, before the process that holds them runs."""
        for carrier in (carrier for part in self.parts for carrier in part.carriers if carrier.asgi):
            self.env[arrangements.FRONT]["LIVE_URL"] = self.backend.reserve(carrier.name)

    def _start_carriers(self, part: arrangements.Part) -> None:
        for wanted in part.carriers:
            self.env[wanted.name] = {**self.env[part.name], "LIVE_ORIGINS": self.front}
            self._start(wanted)
            self.carriers.append(wanted)

    def _start(self, wanted, prepare=()) -> None:
        began = time.perf_counter()
        url = self.backend.start(wanted, self.env[wanted.name], prepare)
        if not wanted.command:
            self._urls[wanted.name] = url
        self.ready_after[wanted.name] = time.perf_counter() - began

    @property
    def front(self) -> str:
        """The base URL that visitors meet: of the pages, in any arrangement; else of the last service named."""
        return self._urls[self.wanted[-1].name]

    @property
    def names(self) -> list[str]:
        return [wanted.name for wanted in (*self.wanted, *self.carriers)]

    def _service(self, name: str):
        for wanted in (*self.wanted, *self.carriers):
            if wanted.name == name:
                return wanted
        if name not in (*arrangements.CONTEXTS, arrangements.FRONT):
            service(name)  # a name that the lab does not know at all is told apart from one not started here
        raise UnknownService(f"this stack has no {name!r}. It runs: {', '.join(self.names)}")

    def url(self, name: str) -> str:
        """The service's base URL, with no slash at its end."""
        if url := self.address(name):
            return url
        raise LabError(f"{name} answers nobody: it has no address")

    def address(self, name: str) -> str | None:
        """The same, or None for a process that answers nobody."""
        return None if self._service(name).command else self._urls[name]

    def kill(self, name: str) -> int:
        """kill -9: the service is gone at once. `start` brings it back, at the same address.

        Returns how many requests were being answered at that moment, and never will be. "redis" can be killed, too,
        where the lab has started it.
        """
        if name == "redis":
            self._own_redis()
            self.backend.kill(name)
            return 0
        self.backend.kill(name)
        if self._service(name).command:
            return 0
        return self.backend.in_flight(name)

    def in_flight(self, name: str) -> int:
        """How many requests the service is answering now."""
        return self.backend.in_flight(name)

    def freeze(self, name: str) -> None:
        """SIGSTOP: connections stay open, and nobody answers."""
        self.backend.freeze(name)

    def thaw(self, name: str) -> None:
        """SIGCONT: a frozen service goes on where it was."""
        self.backend.thaw(name)

    def start(self, name: str) -> None:
        """Start a service of this stack again, after kill."""
        if name == "redis":
            self._own_redis()
            self.backend.redis()
            return
        wanted = self._service(name)
        self._not_stopped()
        if self.backend.alive(name):
            raise LabError(f"{name} is running already")
        self._start(wanted)

    def another(self, name: str) -> str:
        """Start one more process of what `name` carries, beside it; its name."""
        wanted = self._service(name)
        self._not_stopped()
        if wanted not in self.carriers:
            raise LabError(
                f"{name} is one of a kind: of {', '.join(one.name for one in self.carriers) or 'nothing here'} there may be several"
            )
        number = 2 + sum(one.name.startswith(f"{name}-") for one in self.carriers)
        more = replace(wanted, name=f"{name}-{number}")
        self.env[more.name] = self.env[name]
        self._start(more)
        self.carriers.append(more)
        return more.name

    def _own_redis(self) -> None:
        self._not_stopped()
        if not self._redis or os.environ.get("REDIS_URL"):
            raise LabError(
                "the lab has started no Redis in this stack, so it is not for the lab to kill or to start"
            )

    def faults(self, name: str, **faults: float) -> None:
        """Set what the service's next requests meet: latency_ms, error_rate. None given: none left."""
        import requests

        try:
            answer = requests.put(f"{self.url(name)}/_lab/faults", data=json.dumps(faults), timeout=5)
        except requests.RequestException:
            raise LabError(
                f"{name} does not answer, so its faults cannot be set: is it dead or frozen?"
            ) from None
        if not answer.ok:
            raise LabError(answer.json()["error"])

    def facade_faults(self, **faults: dict[str, float]) -> None:
        """Let embedded facades fail as a network would: `facade_faults(inventory={"error_rate": 0.5})`.

        For contexts that run inside the front; one that runs apart is broken with `faults`. None given: none left.
        """
        import requests

        answer = requests.put(f"{self.front}/_lab/facades", data=json.dumps(faults), timeout=5)
        if not answer.ok:
            raise LabError(answer.json()["error"])

    def calls(self) -> dict[tuple[str, str], int]:
        """How often each caller has called each service, as {(caller, callee): number}; visitors call, too.

        A service that is not running has forgotten what it was asked.
        """
        import requests

        counted = {}
        for name in self._called():
            try:
                asked = requests.get(f"{self.url(name)}/_lab/calls", timeout=2).json()
            except requests.RequestException:
                continue
            counted |= {(caller, name): number for caller, number in sorted(asked.items())}
        return counted

    def _called(self) -> list[str]:
        """Who counts its calls: every service, in order; those that carry messages are called by nobody."""
        return [wanted.name for wanted in self.wanted]

    def forget_calls(self) -> None:
        """Count from nothing again."""
        import requests

        for name in self._called():
            if self.alive(name):
                requests.delete(f"{self.url(name)}/_lab/calls", timeout=5)

    def route(self, context: str, to: str | None = None) -> str:
        """Which half of a context that is moving out answers: "embedded", "parallel" or "remote"; flipped, if you say so.

        The monolith looks at its route file with every call, so it takes effect with the next.
        """
        return self._pair(context).route(to)

    def mismatches(self) -> list[dict]:
        """What a parallel run has written down so far: each difference between the old half's answer and the new one's."""
        return self._pair(CATALOG).mismatches()

    def _pair(self, context: str) -> Moving:
        if self._moving is None or context != CATALOG:
            raise LabError(
                f"{context} is not moving out of anything here: start a tree of the road's second half"
            )
        return self._moving

    def picture(self):
        """What runs where: processes with the contexts inside, databases, and the calls made so far."""
        from lab.picture import draw

        if not self.parts:
            raise LabError('there is a picture of the box office alone: Stack(arrangement="split").picture()')
        return draw(self.parts, self.calls())

    def alive(self, name: str) -> bool:
        """Whether its process exists (a frozen one does)."""
        return self.backend.alive(name)

    def memory(self, name: str) -> float:
        """MiB that the service costs this machine (lab.measure.memory_of says what is counted)."""
        return self.backend.memory(name)

    def log(self, name: str, lines: int = 20) -> str:
        """The last lines that the service has printed."""
        return "\n".join(self.backend.log(name).splitlines()[-lines:])

    def manage(self, name: str, *arguments: str) -> str:
        """Run a management command of a Django service, and return what it printed."""
        wanted = self._django(name)
        return self.backend.run(wanted, self.env[name], *arguments)

    def inside(self, name: str, source: str, names=(), seconds: float = 60, env=None) -> Ran:
        """Run source where the service's ORM and settings are; `env` changes variables for this run."""
        wanted = self._django(name)
        return self.backend.inside(wanted, {**self.env[name], **(env or {})}, source, list(names), seconds)

    def _django(self, name: str):
        wanted = self._service(name)
        self._not_stopped()
        if not wanted.settings:
            raise LabError(f"{name} is no Django service: it has no settings and no ORM")
        return wanted

    def _not_stopped(self) -> None:
        if self._stopped:
            raise LabError("this stack was stopped: start another with Stack(…)")

    def stop(self) -> None:
        """End every service and store of this stack, and remove their files. Twice is harmless."""
        if _running.get(self.name) is self:
            del _running[self.name]
        self._stopped = True
        self.backend.close()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def __repr__(self) -> str:
        """Which services run. Ports and pids are left out: they change from run to run."""
        if self._stopped:
            return "Stack: stopped"
        states = [f"{name} ({'running' if self.alive(name) else 'not running'})" for name in self.names]
        return "Stack: " + ", ".join(states)


def running_with(name: str, stack: str | None = None) -> Stack:
    """The running stack that has the service `name`: the one called `stack`; else "main" if it has, else the newest."""
    candidates = [_running[stack]] if stack in _running else [] if stack else list(_running.values())[::-1]
    having = [one for one in candidates if name in one.names]
    if not having:
        if name in (*arrangements.CONTEXTS, arrangements.FRONT):
            raise LabError(f'{name} is not running here. Start it first: stack = Stack(arrangement="split")')
        service(name)
        where = f"in a stack called {stack!r}" if stack else "here"
        raise LabError(f'{name} is not running {where}. Start it first: stack = Stack("{name}")')
    return next((one for one in having if one.name == "main"), having[0])

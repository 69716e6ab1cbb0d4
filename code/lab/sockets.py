"""WebSockets as open pages have them: one to talk on, or many to count what arrives, and when."""

import asyncio
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass

from lab.buyers import PASSWORD, Buyer
from lab.errors import LabError
from lab.measure import Sample, short

AT_ONCE = 50  # sockets that are being opened at the same moment
OPEN_WITHIN = 120  # seconds
EVENT = "the-last-lamplighter"


class OpenPage:
    """A page with an open socket at `path` of the process `live`; with `email`, that person's, who has signed in.

    Raises LabError where it cannot be opened.
    """

    def __init__(
        self, stack, path: str, email: str = "", live: str = "notifications-live", password: str = PASSWORD
    ):
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            url = stack.url(live).replace("http", "ws", 1) + path
            self.socket = connect(url, origin=stack.front, compression=None)
        except (OSError, WebSocketException) as problem:
            raise LabError(f"{live} opens no socket at {path}: {problem}") from None
        if email:
            self.say(action="sign_in", token=token(stack, email, password))
            if self.heard() != {"type": "signed_in"}:
                raise LabError(f"{email} could not sign in at {path}: closed with {self.closed()}")

    def say(self, text: str | bytes = "", **fields) -> None:
        """Send these fields as JSON; or anything else, as it stands."""
        self.socket.send(text or json.dumps(fields))

    def heard(self, seconds: float = 5) -> dict | None:
        """The next message; None if none comes in time, or ever again."""
        from websockets.exceptions import ConnectionClosed

        try:
            return json.loads(self.socket.recv(seconds))
        except (TimeoutError, ConnectionClosed):
            return None

    def closed(self, seconds: float = 10) -> int | None:
        """The code that it was closed with, once it is; None if it is still open then."""
        until = time.monotonic() + seconds
        while self.socket.close_code is None and time.monotonic() < until:
            self.heard(0.1)
        return self.socket.close_code

    def __enter__(self) -> "OpenPage":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()


def token(stack, email: str, password: str = PASSWORD) -> str:
    """An access token of that person's."""
    import requests

    url = stack.url("accounts") if "accounts" in stack.names else stack.front
    answer = requests.post(f"{url}/api/v1/tokens", json={"email": email, "password": password}, timeout=10)
    if not answer.ok:
        raise LabError(f"{email} could not log in: {answer.status_code}")
    return answer.json()["access"]


@dataclass(frozen=True)
class Arrival:
    """A message at one socket; `at` is the moment, by time.monotonic()."""

    socket: int
    at: float
    message: dict


class Audience:
    """`number` sockets, opened at `url` (ws://…) as pages of `origin` would, that listen until it is closed.

    It is there once each has been told something. Raises LabError where they cannot be opened.
    """

    def __init__(self, url: str, number: int, origin: str):
        argv = [sys.executable, "-m", "lab.sockets", url.replace("http", "ws", 1), str(number), origin]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise LabError(
                "the sockets could not be opened: is the service running, and is there such an address?"
            )
        answer = json.loads(line)
        if "problem" in answer:
            self.close()
            raise LabError(f"the sockets could not be opened: {answer['problem']}")
        return answer["heard"]

    def heard(self) -> list[Arrival]:
        """What has arrived since the last time, in order."""
        self._process.stdin.write("heard\n")
        self._process.stdin.flush()
        return [Arrival(socket, at, json.loads(text)) for socket, at, text in self._answer()]

    def close(self) -> None:
        """Close every socket. Twice is harmless."""
        self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> "Audience":
        return self

    def __exit__(self, *_) -> None:
        self.close()


@dataclass(frozen=True)
class FanOut:
    """What came of changes that many sockets were told of.

    latency    ms from the moment that the buyer had an answer until a socket showed that change, of all sockets and changes
    missed     sockets that did not see the last change
    disorder   sockets that saw the number of seats go up again
    passed     times that a socket went from one number to the next but one: it saw the later change alone
    """

    sockets: int
    latency: Sample
    missed: int
    disorder: int
    passed: int

    def __repr__(self) -> str:
        p50, p99 = self.latency.percentile(0.5), self.latency.percentile(0.99)
        return (
            f"{self.sockets} sockets: p50 {short(p50)} ms, p99 {short(p99)} ms; "
            f"missed {self.missed}, out of order {self.disorder}, passed over {self.passed}"
        )


def fan_out(
    stack, sockets: int, changes: int = 20, every: float = 1, live: str = "notifications-live"
) -> FanOut:
    """Have `sockets` pages of one event open at the process `live`, and hold a seat of it every so many seconds.

    A first change warms everything up, and does not count.
    The seats are held until the stack ends, or their time is over: give the stack a HOLD_SECONDS that is long enough.
    """
    path, left = seats_of(stack.front, EVENT)
    buyers = [Buyer(stack.front, f"buyer{number:03}@example.org").log_in() for number in range(1, 21)]
    buyers[0].hold(EVENT)
    left, answered = left - 1, {}
    with Audience(stack.url(live) + path, sockets, stack.front) as audience:
        audience.heard()
        began = time.monotonic()
        for change in range(changes):
            time.sleep(max(0, began + change * every - time.monotonic()))
            buyers[change % len(buyers)].hold(EVENT)
            answered[left - change - 1] = time.monotonic()
        time.sleep(5)  # longer than a board's own look
        heard = audience.heard()
    seen: list[list[tuple[float, int]]] = [[] for _ in range(sockets)]
    for arrival in heard:
        for number in arrival.message["left"].values():
            seen[arrival.socket].append((arrival.at, number))
    orders = [[number for _, number in one] for one in seen]
    return FanOut(
        sockets,
        Sample(
            tuple((at - answered[number]) * 1000 for one in seen for at, number in one if number in answered)
        ),
        missed=sum(not numbers or numbers[-1] != left - changes for numbers in orders),
        disorder=sum(numbers != sorted(numbers, reverse=True) for numbers in orders),
        passed=sockets * changes - sum(len(numbers) for numbers in orders),
    )


def seats_of(front: str, slug: str) -> tuple[str, int]:
    """The path of an event's socket, and the seats left in its first price band that has any, as its page says."""
    import requests

    page = requests.get(f"{front}/events/{slug}/", timeout=10).text
    path = re.search(r'data-live="ws://[^/]+(/live/events/\d+/seats)"', page)
    if path is None:
        raise LabError(f"the page of {slug} opens no socket: start the stack with events=True")
    return path[1], next(left for left in map(int, re.findall(r'data-seats-left="(\d+)"', page)) if left)


async def _listen(url: str, number: int, origin: str) -> None:
    import websockets

    heard: list[tuple[int, float, str]] = []
    doors, told = asyncio.Semaphore(AT_ONCE), [asyncio.Event() for _ in range(number)]

    async def one(socket: int) -> None:
        async with doors:
            connection = await websockets.connect(url, origin=origin, compression=None, open_timeout=60)
        async with connection:
            async for text in connection:
                heard.append((socket, time.monotonic(), text))
                told[socket].set()
            if not told[socket].is_set():
                raise ConnectionError(f"closed with {connection.close_code}")

    async with asyncio.TaskGroup() as sockets:
        listening = [sockets.create_task(one(socket)) for socket in range(number)]
        async with asyncio.timeout(OPEN_WITHIN):
            await asyncio.gather(*(event.wait() for event in told))
        print(json.dumps({"heard": []}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps({"heard": heard}), flush=True)
            heard.clear()
        for task in listening:
            task.cancel()


def _main(url: str, number: str, origin: str) -> None:
    try:
        asyncio.run(_listen(url, int(number), origin))
    except BaseExceptionGroup as problems:
        print(json.dumps({"problem": str(problems.exceptions[0])}), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])

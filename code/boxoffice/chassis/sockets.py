"""WebSockets: who may open one, what may be said on it, and why it was closed.

Whoever opens one has five seconds to say who they are, with an access token in their first message: not in the address, which
ends up in logs. When the token ends, so does the socket. One that reads more slowly than we write is closed, and says so, or its
backlog would be ours. What a socket missed it asks for when it comes back: being closed is no catastrophe.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import signature

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from boxoffice.chassis import tokens
from boxoffice.chassis.contracts import Actor

logger = logging.getLogger(__name__)

# Why it was closed. Below 4000 are the protocol's own; 1009 (a message too large) is the server's to say.
BINARY = 1003  # we speak in texts
NOT_UNDERSTOOD = 4400  # no JSON object, or one without an action that there is
NOT_SIGNED_IN = 4401  # no token in time, or one that proves nothing
NOT_YOURS = 4403
NOT_THERE = 4404
TOO_SLOW = 4408  # you do not read what you are sent
TOKEN_OVER = 4410  # sign in again, with a new one
AWAY = 4503  # what you ask for cannot be looked up at the moment: come back later
TOO_MANY = 4429  # sockets of one person, or messages on one socket

SIGN_IN_WITHIN = 5  # seconds
READ_WITHIN = 5  # seconds that a message may wait for room on its way to you
MOST_SOCKETS = 20  # of one person, in one process
MOST_MESSAGES = 30  # that one socket may send in ten seconds
MOST_AT_ONCE = (
    20  # joining or leaving their groups: each wants a connection to Redis, and redis-py allows a hundred
)

_open: Counter[int] = Counter()
_doors = asyncio.Semaphore(MOST_AT_ONCE)


class NotUnderstood(Exception):
    """For an action to raise: a field of it makes no sense."""


class _NotSignedIn(Exception):
    pass


class Socket(AsyncWebsocketConsumer):
    """A socket of one person, or a `public` one of anybody. An action is a method, `do_<action>(**fields)`; what is
    said to whoever opened it goes by `tell(**fields)`. A fault of our own closes it, too, as 1011, and is logged.
    """

    public = False
    actor: Actor | None = None

    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self._tasks: set[asyncio.Task] = set()
        self._heard: list[float] = []
        self._joined: list[str] = []
        self._over = False

    async def connect(self) -> None:
        await self.accept()
        if self.public:
            await self.begin()
        else:
            self._signing_in = self.later(SIGN_IN_WITHIN, partial(self.end, NOT_SIGNED_IN))

    async def __call__(self, scope, receive, send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:  # however it ended: closed, gone, or by a fault of ours
            await self.leave()

    async def dispatch(self, message) -> None:
        """Channels' own goes to the thread of the database before each message, to close connections that are too old; there it
        waits for whatever query runs. `database_sync_to_async` closes them as well, each time that there is a query."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError(f"No handler for message type {message['type']}")
        await handler(message)

    async def disconnect(self, code) -> None:
        self._over = True

    async def leave(self) -> None:
        """It is over: keep nothing of it."""
        self._over = True
        for task in self._tasks:
            task.cancel()
        if self.actor:
            _open[self.actor.id] -= 1
        async with _doors:
            for name in self._joined:
                await self.channel_layer.group_discard(name, self.channel_name)

    async def join(self, *names: str) -> None:
        """Hear what the channel layer says to these groups, until it is closed."""
        self._joined += names
        async with _doors:
            for name in names:
                await self.channel_layer.group_add(name, self.channel_name)

    def later(self, seconds: float, act: Callable[[], Awaitable[None]], again: bool = False) -> asyncio.Task:
        """Have it done then (and `again` after as long), unless the socket is closed or the task cancelled first."""

        async def wait() -> None:
            while True:
                await asyncio.sleep(seconds)
                await act()
                if not again:
                    return

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # what comes

    async def receive(self, text_data=None, bytes_data=None) -> None:
        if self._over:
            return
        if bytes_data is not None:
            return await self.end(BINARY)
        if self._says_too_much():
            return await self.end(TOO_MANY)
        try:
            act, said = self._understood(text_data)
            await act(**said)
        except _NotSignedIn:
            await self.end(NOT_SIGNED_IN)
        except NotUnderstood:
            await self.end(NOT_UNDERSTOOD)

    def _understood(self, text: str) -> tuple[Callable[..., Awaitable[None]], dict]:
        """What is to be done, and with what."""
        try:
            said = json.loads(text)
            name = said.pop("action")
            if self.public or self.actor:
                act = getattr(self, f"do_{name}")
            elif name == "sign_in":
                act = self._sign_in
            else:
                raise _NotSignedIn
            signature(act).bind(**said)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise NotUnderstood from None
        return act, said

    def _says_too_much(self) -> bool:
        now = time.monotonic()
        self._heard = [heard for heard in self._heard if heard > now - 10] + [now]
        return len(self._heard) > MOST_MESSAGES

    async def _sign_in(self, token: str) -> None:
        try:
            actor = tokens.actor(token)
        except tokens.BadToken:
            return await self.end(NOT_SIGNED_IN)
        self._signing_in.cancel()
        if _open[actor.id] >= MOST_SOCKETS:
            return await self.end(TOO_MANY)
        self.actor = actor
        _open[actor.id] += 1
        self.later(tokens.seconds_left(token), partial(self.end, TOKEN_OVER))
        await self.tell(type="signed_in")
        await self.begin()

    async def begin(self) -> None:
        """It may begin: it is a public one, or we know who it is."""

    # what goes

    async def tell(self, **fields) -> None:
        """Send it; whoever leaves no room for it is closed."""
        if self._over:
            return
        try:
            async with asyncio.timeout(READ_WITHIN):
                await self.send(text_data=json.dumps(fields, default=str))
        except TimeoutError:
            logger.warning("a socket of %s reads too slowly, and is closed", self.scope["path"])
            await self.end(TOO_SLOW)
        except OSError:  # the other side is gone, and will be said to be
            self._over = True

    async def end(self, code: int) -> None:
        """Close, and say why; of one that reads nothing, wait for nothing."""
        if self._over:
            return
        self._over = True
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                await self.close(code)
        if code == TOO_SLOW:
            raise StopConsumer

"""What open pages are told, on sockets. Every message is a JSON object; chassis.sockets says how one is opened and why it is closed.

My notifications, `live/notifications`, signed in:

    → {"action": "follow", "last_id": 41}         what came after it, and then whatever comes; 0 for all, null for none that is there
    ← {"type": "following", "last_id": 41}
    ← {"type": "notification", "id": 42, "subject": "…", "text": "…", "created_at": "…"}

Each id once, and in order. A message on the channel layer says only that there is something new: what it is, is read from the table,
from the last id on. So it does no harm if the layer drops one, or gives one twice.

The seats of an event, `live/events/7/seats`, anybody:

    ← {"type": "seats", "left": {"3": 12, "5": 0}}          when it is opened, and of those bands that have changed

Holds run out without anybody's doing, and the layer may drop a message. So every few seconds the seats are looked up anyway, once for all who
look at the same event in this process.

My hold, `live/holds/<reference>`, signed in:

    ← {"type": "hold", "state": "active", "seconds_left": 51}      when it is opened, and when that has changed: consumed, released, expired
"""

import asyncio
import time
from dataclasses import dataclass, field

from channels.db import database_sync_to_async
from django.db.models import Max
from django.urls import path

from boxoffice.chassis.errors import NotFound, Unavailable
from boxoffice.chassis.sockets import AWAY, NOT_THERE, NOT_YOURS, NotUnderstood, Socket
from boxoffice.contexts.catalog import facade as catalog
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.notifications import groups
from boxoffice.contexts.notifications.models import Notification

MOST = 100  # notifications in one look
LOOK_EVERY = 3.0  # seconds
FRESH = 0.5  # seconds that a look is good for all who look at the same event


class MyNotifications(Socket):
    last: int | None = None  # the id that was sent last

    async def begin(self) -> None:
        # before anything is read: what comes meanwhile waits, and is looked at afterwards
        await self.join(groups.person(self.actor.id))

    async def do_follow(self, last_id: int | None = None) -> None:
        if last_id is None:
            last_id = await self._newest()
        elif type(last_id) is not int or not 0 <= last_id < 2**63:
            raise NotUnderstood
        self.last = last_id
        await self.tell(type="following", last_id=last_id)
        await self._catch_up()

    async def notification_new(self, event) -> None:
        """Of the channel layer's: somebody has written a row."""
        if self.last is not None:
            await self._catch_up()

    async def _catch_up(self) -> None:
        while found := await self._after(self.last):
            for one in found:
                await self.tell(
                    type="notification",
                    id=one.pk,
                    subject=one.subject,
                    text=one.text,
                    created_at=one.created_at,
                )
                self.last = one.pk
            if len(found) < MOST:
                return

    @database_sync_to_async
    def _after(self, last: int) -> list[Notification]:
        return list(self._mine().filter(pk__gt=last).order_by("pk")[:MOST])

    @database_sync_to_async
    def _newest(self) -> int:
        return self._mine().aggregate(newest=Max("pk", default=0))["newest"]

    def _mine(self):
        return Notification.objects.filter(recipient_id=self.actor.id)


@dataclass
class Board:
    """The seats of one event, for all who look at it in this process: looked up once for all of them, and one look after another.

    So what is shown never goes back in time.
    """

    bands: list[int]
    left: dict[int, int] = field(default_factory=dict)
    looked: float = 0.0
    told: int = 0  # the highest number of a change that we have heard of
    seen: int = 0  # and that the last look was made after
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, number: int = 0) -> dict[int, int]:
        """Seats left by price band: after the change of that number, and half a second old at most.

        Raises InventoryUnavailable.
        """
        self.told = max(self.told, number)
        async with self.looking:
            if self.seen < number or time.monotonic() - self.looked > FRESH:
                told = self.told
                found = await _in_a_thread(inventory.availability, self.bands)
                self.left = {band: found[band].left if band in found else 0 for band in self.bands}
                self.looked, self.seen = time.monotonic(), told
        return self.left


class SeatBoard(Socket):
    public = True
    boards: dict[int, tuple[Board, int]] = {}  # by event: with the number of sockets that look at it
    board: Board | None = None

    async def begin(self) -> None:
        self.event, self.shown = self.scope["url_route"]["kwargs"]["event"], {}
        self.board = await self._board()
        if self.board is None:
            return
        await self.join(*(groups.band(band) for band in self.board.bands))
        await self._look()
        self.later(LOOK_EVERY, self._look, again=True)

    async def _board(self) -> Board | None:
        try:
            board, lookers = self.boards.get(self.event) or (None, 0)
            if board is None:
                event = await _in_a_thread(catalog.get_event, self.event)
                board, lookers = self.boards.get(self.event) or (Board([band.id for band in event.bands]), 0)
        except NotFound:
            await self.end(NOT_THERE)
        except Unavailable:
            await self.end(AWAY)
        else:
            self.boards[self.event] = board, lookers + 1
            return board

    async def leave(self) -> None:
        if self.board:
            board, lookers = self.boards.pop(self.event)
            if lookers > 1:
                self.boards[self.event] = board, lookers - 1
        await super().leave()

    async def seats_changed(self, event) -> None:
        """Of the channel layer's. A number, as it says, is higher the later the change was made."""
        await self._look(event["number"])

    async def _look(self, number: int = 0) -> None:
        try:
            left = await self.board.look(number)
        except Unavailable:  # what is shown is a little older, and the next look may be luckier
            if not self.shown:
                await self.end(AWAY)
            return
        if new := {band: seats for band, seats in left.items() if self.shown.get(band) != seats}:
            self.shown = left
            await self.tell(type="seats", left=new)


class MyHold(Socket):
    _expiring: asyncio.Task | None = None

    async def begin(self) -> None:
        reference = self.scope["url_route"]["kwargs"]["reference"]
        await self.join(groups.hold(reference))
        try:
            hold = await _in_a_thread(inventory.get_hold, actor=self.actor, reference=reference)
        except NotFound:  # or somebody else's, which is nobody's business
            return await self.end(NOT_YOURS)
        except Unavailable:
            return await self.end(AWAY)
        state = "expired" if hold.has_expired else hold.state
        await self.tell(type="hold", state=state, seconds_left=hold.seconds_left)
        if state == "active":
            self._expiring = self.later(hold.seconds_left + 1, self._expire)

    async def _expire(self) -> None:
        await self.tell(type="hold", state="expired", seconds_left=0)

    async def hold_changed(self, event) -> None:
        """Of the channel layer's."""
        if event["state"] != "active" and self._expiring:
            self._expiring.cancel()
            await self.tell(type="hold", state=event["state"], seconds_left=0)


async def _in_a_thread(act, *args, **named):
    """A facade's call, which may wait for seconds: not in the one thread that Django's database has here."""
    return await database_sync_to_async(act, thread_sensitive=False)(*args, **named)


def addresses() -> list:
    return [
        path("live/notifications", MyNotifications.as_asgi()),
        path("live/events/<int:event>/seats", SeatBoard.as_asgi()),
        path("live/holds/<uuid:reference>", MyHold.as_asgi()),
    ]

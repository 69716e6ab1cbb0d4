"""Notifications as they come, on a socket.

    → {"action": "sign_in", "token": "…"}         within five seconds
    ← {"type": "signed_in"}
    → {"action": "follow", "last_id": 41}         what came after it, and then whatever comes; 0 for all of it
    ← {"type": "notification", "id": 42, "subject": "…", "text": "…", "created_at": "…"}

Each id once, and in order. A message on the channel layer says only that there is something new: what it is, is read from the table,
from the last id on. So it does no harm if the layer drops one, or gives one twice.
"""

from channels.db import database_sync_to_async
from django.urls import path

from boxoffice.chassis.sockets import Socket
from boxoffice.contexts.notifications.models import Notification

MOST = 100  # in one look


def group(person_id: int) -> str:
    """The channel layer's name for all sockets of one person."""
    return f"person.{person_id}"


class MyNotifications(Socket):
    last: int | None = None  # the id that was sent last

    async def signed_in(self) -> None:
        # before anything is read: what comes meanwhile waits, and is looked at afterwards
        await self.channel_layer.group_add(group(self.actor.id), self.channel_name)

    async def disconnect(self, code) -> None:
        if self.actor:
            await self.channel_layer.group_discard(group(self.actor.id), self.channel_name)
        await super().disconnect(code)

    async def do_follow(self, last_id: int) -> None:
        if type(last_id) is not int or not 0 <= last_id < 2**63:
            raise ValueError("last_id is the number of a notification, or 0")
        self.last = last_id
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
        mine = Notification.objects.filter(recipient_id=self.actor.id, pk__gt=last)
        return list(mine.order_by("pk")[:MOST])


def addresses() -> list:
    return [path("live/notifications", MyNotifications.as_asgi())]

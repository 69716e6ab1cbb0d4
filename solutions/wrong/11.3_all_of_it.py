# fault: replays everything, whatever she has
# breaks: R1, R3
# should say: the ids|is there already
from channels.generic.websocket import AsyncJsonWebsocketConsumer


class Changes(AsyncJsonWebsocketConsumer):
    """The numbered changes of an event's seats: those that a browser missed, and then those that come."""

    async def stored(self, event, after):
        """The stored changes of the event with an id greater than `after`, as dicts, by id. The check puts its own here."""
        raise NotImplementedError("stored")

    async def connect(self):
        self.event = self.scope["url_route"]["kwargs"]["event"]
        self.group = f"event.{self.event}.changes"
        self.last = None  # the id that was sent last; None until she has asked
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, said):
        await self.channel_layer.group_add(self.group, self.channel_name)  # before anything is read
        self.last = 0
        for change in await self.stored(self.event, 0):
            await self.tell(change)

    async def seats_changed(self, message):
        await self.tell(message["change"])

    async def tell(self, change):
        if change["id"] > self.last:
            self.last = change["id"]
            await self.send_json(change)

# idea: a set of all ids that she has, and a lock around reading
import asyncio

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class Changes(AsyncJsonWebsocketConsumer):
    async def stored(self, event, after):
        raise NotImplementedError("stored")

    async def connect(self):
        self.event = self.scope["url_route"]["kwargs"]["event"]
        self.has, self.first, self.lock = set(), None, asyncio.Lock()
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(f"event.{self.event}.changes", self.channel_name)

    async def receive_json(self, said):
        async with self.lock:
            self.first = said["last_id"]
            await self.channel_layer.group_add(f"event.{self.event}.changes", self.channel_name)
            for change in await self.stored(event=self.event, after=self.first):
                await self.tell(change)

    async def seats_changed(self, message):
        async with self.lock:
            await self.tell(message["change"])

    async def tell(self, change):
        if change["id"] > self.first and change["id"] not in self.has:
            self.has.add(change["id"])
            await self.send_json(change)

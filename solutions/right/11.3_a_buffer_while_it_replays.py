# idea: replay in a task; what comes meanwhile waits in a list
import asyncio

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class Changes(AsyncJsonWebsocketConsumer):
    async def stored(self, event, after):
        raise NotImplementedError("stored")

    async def connect(self):
        self.event = self.scope["url_route"]["kwargs"]["event"]
        self.group = f"event.{self.event}.changes"
        self.waiting, self.replaying, self.last = [], None, None
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        if self.replaying:
            self.replaying.cancel()
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, said):
        self.replaying = asyncio.create_task(self.replay(said["last_id"]))

    async def replay(self, last):
        for change in await self.stored(self.event, last):
            await self.send_json(change)
            last = change["id"]
        for change in self.waiting:
            if change["id"] > last:
                await self.send_json(change)
                last = change["id"]
        self.last = last

    async def seats_changed(self, message):
        change = message["change"]
        if self.last is None:
            self.waiting.append(change)
        elif change["id"] > self.last:
            self.last = change["id"]
            await self.send_json(change)

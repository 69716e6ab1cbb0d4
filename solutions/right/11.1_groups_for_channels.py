# idea: tell Channels the groups, before it connects: it joins and leaves them by itself
# shown beside the book's own answer
import json

from channels.generic.websocket import AsyncWebsocketConsumer

from monolith.catalog.models import Event


class SeatBoard(AsyncWebsocketConsumer):
    async def websocket_connect(self, message):
        self.event = self.scope["url_route"]["kwargs"]["event"]
        self.groups = [f"event.{self.event}.seats"]
        await super().websocket_connect(message)

    async def connect(self):
        await self.accept()
        if not await Event.objects.filter(pk=self.event).aexists():
            await self.close(4404)

    async def seats_changed(self, message):
        told = {"type": "seats", "band": message["band"], "left": message["left"]}
        await self.send(json.dumps(told))

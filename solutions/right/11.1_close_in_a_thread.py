# idea: the event looked for in a thread; the message built by leaving fields out
import json

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from monolith.catalog.models import Event


class SeatBoard(AsyncWebsocketConsumer):
    joined = ()

    async def connect(self):
        event = self.scope["url_route"]["kwargs"]["event"]
        known = await database_sync_to_async(Event.objects.filter(pk=event).first)()
        if known:
            self.joined = (f"event.{known.pk}.seats",)
            for name in self.joined:
                await self.channel_layer.group_add(name, self.channel_name)
        await self.accept()
        if not known:
            await self.close(code=4404, reason="no such event")

    async def disconnect(self, code):
        for name in self.joined:
            await self.channel_layer.group_discard(name, self.channel_name)

    async def seats_changed(self, message):
        kept = {name: value for name, value in message.items() if name not in ("type", "event")}
        await self.send(text_data=json.dumps({"type": "seats", **kept}))

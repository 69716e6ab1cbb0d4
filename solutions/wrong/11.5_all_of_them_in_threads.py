# fault: makes sync consumers of those two, which work in the one thread
# breaks: R2
# should say: one and only
import asyncio

from channels.generic.websocket import AsyncJsonWebsocketConsumer, JsonWebsocketConsumer

from monolith.catalog.models import Event
from monolith.inventory.models import Allotment


class Ping(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        await self.send_json({"pong": said["ping"]})


class Countdown(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        for left in range(said["from"], -1, -1):
            await self.send_json({"left": left})
            await asyncio.sleep(0.02)


class Title(JsonWebsocketConsumer):
    def receive_json(self, said):
        self.send_json({"title": Event.objects.get(pk=said["event"]).title})


class Sold(JsonWebsocketConsumer):
    def receive_json(self, said):
        sold = list(Allotment.objects.filter(band__event=said["event"]).values_list("sold", flat=True))
        self.send_json({"sold": sum(sold), "bands": len(sold)})

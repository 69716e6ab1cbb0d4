# fault: asyncio.to_thread, which knows of no connections
# breaks: R5
# should say: still open
import asyncio

from channels.generic.websocket import AsyncJsonWebsocketConsumer

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


class Title(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        event = await asyncio.to_thread(Event.objects.get, pk=said["event"])
        await self.send_json({"title": event.title})


class Sold(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        sold = await asyncio.to_thread(self.sold, said["event"])
        await self.send_json({"sold": sum(sold), "bands": len(sold)})

    def sold(self, event):
        return list(
            Allotment.objects.filter(band__event=event).values_list("sold", flat=True)
        )  # carried out here

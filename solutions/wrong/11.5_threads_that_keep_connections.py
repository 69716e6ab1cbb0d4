# fault: a pool's threads, which keep their connections
# breaks: R5
# should say: still open
import asyncio

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from monolith.catalog.models import Event
from monolith.inventory.models import Allotment


def in_a_thread(act):
    return sync_to_async(act, thread_sensitive=False)


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
        event = await in_a_thread(Event.objects.get)(pk=said["event"])
        await self.send_json({"title": event.title})


class Sold(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        sold = await self.sold(said["event"])
        await self.send_json({"sold": sum(sold), "bands": len(sold)})

    @in_a_thread
    def sold(self, event):
        return list(
            Allotment.objects.filter(band__event=event).values_list("sold", flat=True)
        )  # carried out here

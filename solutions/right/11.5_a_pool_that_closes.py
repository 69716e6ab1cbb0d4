# idea: a small pool for the database alone, whose threads close what they opened
import asyncio
from concurrent.futures import ThreadPoolExecutor

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import connections

from monolith.catalog.models import Event
from monolith.inventory.models import Allotment

pool = ThreadPoolExecutor(4)


async def asked(act, *arguments):
    def closing():
        try:
            return act(*arguments)
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(pool, closing)


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
        event = await asked(lambda: Event.objects.get(pk=said["event"]))
        await self.send_json({"title": event.title})


class Sold(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        sold = await asked(self.sold, said["event"])
        await self.send_json({"sold": sum(sold), "bands": len(sold)})

    def sold(self, event):
        return list(
            Allotment.objects.filter(band__event=event).values_list("sold", flat=True)
        )  # carried out here

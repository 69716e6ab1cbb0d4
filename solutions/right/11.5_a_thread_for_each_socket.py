# idea: each socket gets a thread of its own, in which its database work is done
# shown beside the book's own answer
import asyncio

from asgiref.sync import ThreadSensitiveContext
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from monolith.catalog.models import Event
from monolith.inventory.models import Allotment


class OwnThread(AsyncJsonWebsocketConsumer):
    async def __call__(self, scope, receive, send):
        async with ThreadSensitiveContext():
            return await super().__call__(scope, receive, send)


class Ping(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        await self.send_json({"pong": said["ping"]})


class Countdown(AsyncJsonWebsocketConsumer):
    async def receive_json(self, said):
        for left in range(said["from"], -1, -1):
            await self.send_json({"left": left})
            await asyncio.sleep(0.02)


class Title(OwnThread):
    async def receive_json(self, said):
        event = await Event.objects.aget(pk=said["event"])
        await self.send_json({"title": event.title})


class Sold(OwnThread):
    async def receive_json(self, said):
        rows = [row async for row in Allotment.objects.filter(band__event=said["event"])]
        await self.send_json({"sold": sum(row.sold for row in rows), "bands": len(rows)})

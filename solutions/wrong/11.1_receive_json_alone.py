# fault: passes over what is JSON, and crashes at the rest
# breaks: R5
# should say: a crash
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from monolith.catalog.models import Event


class SeatBoard(AsyncJsonWebsocketConsumer):
    """Tells a browser which seats of an event are sold; self.scope["url_route"]["kwargs"]["event"] is the event's id."""

    async def connect(self):
        event = self.scope["url_route"]["kwargs"]["event"]
        self.group = f"event.{event}.seats"
        if not await Event.objects.filter(pk=event).aexists():
            await self.accept()  # a browser hears no code of a refused handshake
            return await self.close(4404)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()  # from here on, the browser believes what it shows

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content):
        pass

    async def seats_changed(self, message):
        await self.send_json({"type": "seats", "band": message["band"], "left": message["left"]})

# idea: a consumer whose methods run in a thread
from asgiref.sync import async_to_sync
from channels.generic.websocket import JsonWebsocketConsumer

from monolith.catalog.models import Event


class SeatBoard(JsonWebsocketConsumer):
    group = None

    def connect(self):
        event = self.scope["url_route"]["kwargs"]["event"]
        if not Event.objects.filter(pk=event).exists():
            self.accept()
            return self.close(4404)
        self.group = f"event.{event}.seats"
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()

    def disconnect(self, code):
        if self.group:
            async_to_sync(self.channel_layer.group_discard)(self.group, self.channel_name)

    def receive(self, text_data=None, bytes_data=None, **kwargs):
        pass

    def seats_changed(self, message):
        self.send_json({"type": "seats", "band": message["band"], "left": message["left"]})

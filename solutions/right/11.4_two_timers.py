# idea: a timer for the first message, another for the end of the token; the database in a thread
# shown beside the book's own answer
import asyncio
import json
import time

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.core import signing

from monolith.inventory.models import Hold

SIGN_IN_WITHIN = 2  # seconds

# Why it was closed
NOT_UNDERSTOOD = 4400  # the first message is no JSON object with a text under "token"
NOT_SIGNED_IN = 4401  # no message in time, or a token that proves nothing
NOT_YOURS = 4403  # somebody else's hold, or none: which of the two is nobody's business
TOKEN_OVER = 4410  # it has ended, before she came or while she was here


def claims(token):
    """What the token says: {"sub": the user's id, "exp": when it ends, as time.time() counts}.

    Raises signing.BadSignature. It looks at the signature, and at nothing else.
    """
    return signing.loads(token, salt="access")


class MyHold(AsyncWebsocketConsumer):
    actor = None

    async def connect(self):
        await self.accept()
        self.timers = [self.after(SIGN_IN_WITHIN, self.nobody_came)]

    def after(self, seconds, act):
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, lambda: loop.create_task(act()))

    async def nobody_came(self):
        if self.actor is None:
            await self.close(NOT_SIGNED_IN)

    async def token_ended(self):
        await self.close(TOKEN_OVER)

    async def disconnect(self, code):
        for timer in self.timers:
            timer.cancel()

    async def receive(self, text_data=None, bytes_data=None):
        if self.actor is not None:
            return
        token = self.token_in(text_data)
        if token is None:
            return await self.close(NOT_UNDERSTOOD)
        try:
            found = claims(token)
        except signing.BadSignature:
            return await self.close(NOT_SIGNED_IN)
        self.actor = found["sub"]
        left = found["exp"] - time.time()
        if left <= 0:
            return await self.close(TOKEN_OVER)
        hold = await self.hold()
        if hold is None or hold.buyer_id != self.actor:
            return await self.close(NOT_YOURS)
        self.timers.append(self.after(left, self.token_ended))
        told = {"type": "hold", "state": hold.state, "seconds_left": hold.seconds_left}
        await self.send(json.dumps(told))

    @staticmethod
    def token_in(text):
        try:
            said = json.loads(text or "")
        except ValueError:
            return None
        token = said.get("token") if isinstance(said, dict) else None
        return token if isinstance(token, str) else None

    @database_sync_to_async
    def hold(self):
        reference = self.scope["url_route"]["kwargs"]["reference"]
        return Hold.objects.filter(reference=reference).first()

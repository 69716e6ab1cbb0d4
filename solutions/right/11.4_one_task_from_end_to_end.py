# idea: one task that waits for the token, tells, waits for its end, and closes
import asyncio
import json
import time

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
    async def connect(self):
        await self.accept()
        self.first = asyncio.get_running_loop().create_future()
        self.visit = asyncio.create_task(self.look_after())

    async def receive(self, text_data=None, bytes_data=None):
        if not self.first.done():
            self.first.set_result(text_data)

    async def disconnect(self, code):
        self.visit.cancel()

    async def look_after(self):
        await self.close(await self.why_it_ends())

    async def why_it_ends(self):
        try:
            said = json.loads(await asyncio.wait_for(self.first, SIGN_IN_WITHIN))
        except TimeoutError:
            return NOT_SIGNED_IN
        except (TypeError, ValueError):
            return NOT_UNDERSTOOD
        match said:
            case {"token": str(token)}:
                return await self.tell(token)
        return NOT_UNDERSTOOD

    async def tell(self, token):
        try:
            found = claims(token)
        except signing.BadSignature:
            return NOT_SIGNED_IN
        left = found["exp"] - time.time()
        if left < 0:
            return TOKEN_OVER
        try:
            hold = await Hold.objects.aget(
                reference=self.scope["url_route"]["kwargs"]["reference"], buyer=found["sub"]
            )
        except Hold.DoesNotExist:
            return NOT_YOURS
        told = {"type": "hold", "state": hold.state, "seconds_left": hold.seconds_left}
        await self.send(text_data=json.dumps(told))
        await asyncio.sleep(left)
        return TOKEN_OVER

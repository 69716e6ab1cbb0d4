# fault: waits for the token in connect, while Channels waits for connect
# breaks: R1
# should say: her token
import asyncio
import json
import time

from channels.generic.websocket import AsyncJsonWebsocketConsumer
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


class MyHold(AsyncJsonWebsocketConsumer):
    """The countdown of a hold, for its holder; self.scope["url_route"]["kwargs"]["reference"] says which."""

    async def connect(self):
        self.signed_in = False
        await self.accept()
        self.said = asyncio.Event()
        self.closing = asyncio.create_task(asyncio.sleep(0))
        try:
            async with asyncio.timeout(SIGN_IN_WITHIN):
                await self.said.wait()
        except TimeoutError:
            await self.close(NOT_SIGNED_IN)

    def close_later(self, seconds, code):
        async def wait():
            await asyncio.sleep(seconds)
            await self.close(code)

        return asyncio.create_task(wait())

    async def disconnect(self, code):
        self.closing.cancel()

    async def receive(self, text_data=None, bytes_data=None):
        if self.signed_in:
            return
        try:
            token = json.loads(text_data)["token"]
            said = claims(token) if isinstance(token, str) else None
        except signing.BadSignature:
            return await self.close(NOT_SIGNED_IN)
        except (ValueError, TypeError, KeyError):
            said = None
        if said is None:
            return await self.close(NOT_UNDERSTOOD)
        await self.sign_in(said["sub"], said["exp"] - time.time())

    async def sign_in(self, user, seconds):
        self.closing.cancel()
        self.signed_in = True
        self.said.set()
        if seconds <= 0:
            return await self.close(TOKEN_OVER)
        reference = self.scope["url_route"]["kwargs"]["reference"]
        hold = await Hold.objects.filter(reference=reference, buyer_id=user).afirst()
        if hold is None:
            return await self.close(NOT_YOURS)
        self.closing = self.close_later(seconds, TOKEN_OVER)
        await self.send_json({"type": "hold", "state": hold.state, "seconds_left": hold.seconds_left})

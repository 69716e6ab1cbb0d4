"""A socket and whoever holds it, in this process: what remains of it, however it ended."""

import asyncio

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer

from boxoffice.chassis.sockets import NOT_UNDERSTOOD, NotUnderstood, Socket


class Told(Socket):
    public = True

    async def begin(self) -> None:
        await self.join("told")
        self.later(60, self.do_break)

    async def do_break(self) -> None:
        raise TypeError("a fault of ours")

    async def do_refuse(self) -> None:
        raise NotUnderstood

    async def do_gone(self) -> None:
        self.base_send = self.gone
        await self.tell(type="nothing")

    async def gone(self, message) -> None:
        raise ConnectionResetError("the other side is gone")


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def opened(scene):
    """Play a scene with an open socket; then nothing of it is left."""

    async def play():
        page = ApplicationCommunicator(Told.as_asgi(), {"type": "websocket", "path": "/"})
        await page.send_input({"type": "websocket.connect"})
        assert (await page.receive_output())["type"] == "websocket.accept"
        while not get_channel_layer().groups:
            await asyncio.sleep(0)
        await scene(page)
        assert get_channel_layer().groups == {}
        assert len(asyncio.all_tasks()) == 1  # this one

    asyncio.run(play())


def say(page, action: str):
    return page.send_input({"type": "websocket.receive", "text": f'{{"action": "{action}"}}'})


def test_one_that_is_closed_leaves_nothing():
    async def scene(page):
        await page.send_input({"type": "websocket.disconnect", "code": 1000})
        await page.wait()

    opened(scene)


def test_a_fault_of_ours_is_none_of_theirs_and_leaves_nothing():
    async def scene(page):
        await say(page, "break")
        with pytest.raises(TypeError, match="a fault of ours"):
            await page.wait()

    opened(scene)


def test_what_makes_no_sense_closes_it_with_its_code():
    async def scene(page):
        await say(page, "refuse")
        assert (await page.receive_output())["code"] == NOT_UNDERSTOOD
        await page.send_input({"type": "websocket.disconnect", "code": NOT_UNDERSTOOD})
        await page.wait()

    opened(scene)


def test_one_that_is_gone_while_it_is_told_something_leaves_nothing():
    async def scene(page):
        await say(page, "gone")
        await page.send_input({"type": "websocket.disconnect", "code": 1006})
        await page.wait()

    opened(scene)

"""Notifications on a socket: who may open one, what may be said on it, and that nothing is missed."""

import asyncio
import contextlib
import json
import re
import time

import jwt
import pytest
import requests
import websockets

from lab import LabError, Stack
from lab.buyers import Buyer
from lab.sockets import fan_out

EVENT = "the-last-lamplighter"


@pytest.fixture(scope="module")
def office(needs_redis):
    with Stack(arrangement="split", events=True, name="with sockets", env={"TOKEN_SECONDS": "20"}) as stack:
        yield stack


class Page:
    """A page with an open socket."""

    def __init__(
        self,
        office,
        email="buyer001@example.org",
        origin=None,
        path="/live/notifications",
        live="notifications-live",
        **more,
    ):
        self.office, self.email, self.more = office, email, more
        self.url = office.url(live).replace("http", "ws", 1) + path
        self.origin = office.front if origin is None else origin or None

    async def __aenter__(self):
        self.socket = await websockets.connect(self.url, origin=self.origin, **self.more)
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    def token(self) -> str:
        asked = {"email": self.email, "password": "curtain-call"}
        return requests.post(f"{self.office.url('accounts')}/api/v1/tokens", json=asked, timeout=10).json()[
            "access"
        ]

    async def say(self, **fields) -> None:
        await self.socket.send(json.dumps(fields))

    async def sign_in(self) -> None:
        await self.say(action="sign_in", token=await asyncio.to_thread(self.token))
        assert await self.heard() == {"type": "signed_in"}

    async def follow(self, last_id: int | None) -> int:
        await self.say(action="follow", last_id=last_id)
        told = await self.heard()
        assert told["type"] == "following"
        return told["last_id"]

    async def heard(self, seconds: float = 10) -> dict:
        return json.loads(await asyncio.wait_for(self.socket.recv(), seconds))

    async def closed(self, seconds: float = 15) -> int:
        """The code that it was closed with."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(seconds):
                while True:
                    await self.socket.recv()
        return self.socket.close_code

    async def silent(self, seconds: float = 1) -> bool:
        try:
            await self.heard(seconds)
        except TimeoutError:
            return True
        return False


def buy(office, email="buyer001@example.org", times: int = 1) -> None:
    buyer = Buyer(office.front, email).log_in()
    for _ in range(times):
        assert buyer.pay(buyer.hold(EVENT))


def test_what_is_bought_is_on_the_page_within_a_second(office):
    async def scene():
        async with Page(office) as page, Page(office, "buyer002@example.org") as other:
            for one in (page, other):
                await one.sign_in()
                await one.follow(0)
            while not await page.silent():
                pass
            await asyncio.to_thread(buy, office)
            began = time.monotonic()
            told = await page.heard()
            assert time.monotonic() - began < 1 and told["type"] == "notification"
            assert told["subject"].startswith("Your tickets: order CC-")
            assert await other.silent()  # somebody else's

    asyncio.run(scene())


def test_whoever_comes_back_is_told_what_they_missed_each_once_and_in_order(office):
    email = "buyer003@example.org"

    async def scene():
        async with Page(office, email) as page:
            await page.sign_in()
            await page.follow(0)
            await asyncio.to_thread(buy, office, email)
            first = (await page.heard())["id"]
        await asyncio.to_thread(buy, office, email, 3)  # while the page is closed
        async with Page(office, email) as page:
            await page.sign_in()
            buying = asyncio.create_task(asyncio.to_thread(buy, office, email, 3))  # and while it catches up
            await page.follow(first)
            ids = [(await page.heard())["id"] for _ in range(6)]
            await buying
            assert ids == sorted(set(ids)) and min(ids) > first
            assert await page.silent()

    asyncio.run(scene())


def test_whoever_wants_no_old_ones_is_told_from_where_on(office):
    email = "buyer005@example.org"

    async def scene():
        await asyncio.to_thread(buy, office, email)
        async with Page(office, email) as page:
            await page.sign_in()
            while not (last := await page.follow(None)):  # until it has arrived
                await asyncio.sleep(0.2)
            assert await page.silent()
            await asyncio.to_thread(buy, office, email)
            assert (await page.heard())["id"] > last

    asyncio.run(scene())


BAD = {
    "no JSON": (["x"], 4400),
    "a list": (["[]"], 4400),
    "no action": (["{}"], 4400),
    "too deep": (["[" * 2000], 4400),
    "a NUL": (['{"action": "\x00"}'], 4400),
    "binary": ([b"{}"], 1003),
    "too large": (["x" * 5000], 1009),
    "a token that proves nothing": (['{"action": "sign_in", "token": "x"}'], 4401),
    "a token that is no text": (['{"action": "sign_in", "token": 7}'], 4401),
    "no token before anything else": (['{"action": "follow", "last_id": 0}'], 4401),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_understood_closes_the_socket_with_its_code(office, what):
    messages, code = BAD[what]

    async def scene():
        async with Page(office) as page:
            for message in messages:
                await page.socket.send(message)
            assert await page.closed() == code

    asyncio.run(scene())


SENSELESS = [
    {"action": "dance"},
    {"action": "sign_in", "token": "again"},
    {"action": "follow", "last_id": "0"},
    {"action": "follow", "last_id": True},
    {"action": "follow", "last_id": -1},
    {"action": "follow", "last_id": 2**63},
    {"action": "follow", "last_id": []},
    {"action": "follow", "last_id": 0, "person": 2},
    {"action": "__init__"},
]


@pytest.mark.parametrize("said", SENSELESS, ids=str)
def test_signed_in_senseless_wishes_close_it_too(office, said):
    async def scene():
        async with Page(office) as page:
            await page.sign_in()
            await page.say(**said)
            assert await page.closed() == 4400

    asyncio.run(scene())


def test_whoever_says_nothing_is_closed_after_five_seconds_and_a_token_s_end_ends_the_socket(office):
    async def scene():
        async with Page(office) as silent, Page(office) as page:
            began = time.monotonic()
            await page.sign_in()
            assert await silent.closed() == 4401
            assert 4.5 < time.monotonic() - began < 9
            assert await page.closed(30) == 4410
            assert 17 < time.monotonic() - began < 26

    asyncio.run(scene())


def test_pages_of_others_and_addresses_that_are_not_there_are_refused_before_they_open(office):
    async def scene(**where):
        async with Page(office, **where):
            pass

    for where in ({"origin": "http://evil.example"}, {"origin": False}, {"path": "/live/everything"}):
        with pytest.raises(websockets.InvalidStatus) as refused:
            asyncio.run(scene(**where))
        assert refused.value.response.status_code == 403


def test_one_person_has_so_many_sockets_and_one_socket_so_many_messages(office):
    async def scene():
        async with contextlib.AsyncExitStack() as stack:
            pages = [await stack.enter_async_context(Page(office, "buyer004@example.org")) for _ in range(21)]
            token = await asyncio.to_thread(pages[0].token)
            for page in pages[:20]:
                await page.say(action="sign_in", token=token)
                await page.heard()
            await pages[20].say(action="sign_in", token=token)
            assert await pages[20].closed() == 4429
            await pages[0].socket.close()
            async with Page(office, "buyer004@example.org") as page:
                await asyncio.sleep(0.2)
                await page.say(action="sign_in", token=token)
                assert await page.heard() == {"type": "signed_in"}
                for _ in range(40):
                    with contextlib.suppress(websockets.ConnectionClosed):
                        await page.say(action="follow", last_id=2**62)
                assert await page.closed() == 4429

    asyncio.run(scene())


# the seats of an event, and a hold


def seats_of(office, slug: str) -> tuple[str, dict[str, int]]:
    """The address of its socket, and what is left by band as the page says it."""
    page = requests.get(f"{office.front}/events/{slug}/", timeout=10).text
    path = re.search(r'data-live="ws://[^/]+(/live/events/\d+/seats)"', page)[1]
    return path, {
        band: int(left) for band, left in re.findall(r'data-band="(\d+)" data-seats-left="(\d+)"', page)
    }


async def until_left(page, band: str, number: int) -> None:
    """Wait for that number."""
    while (await page.heard())["left"].get(band) != number:
        pass


def test_who_looks_at_an_event_sees_seats_go_and_come_back_within_a_second(office):
    path, left = seats_of(office, EVENT)
    band, before = next(iter(left.items()))
    slugs = re.findall(r'href="/events/([^"/]+)/"', requests.get(office.front, timeout=10).text)
    another, _ = seats_of(office, next(slug for slug in slugs if slug != EVENT))
    buyer = Buyer(office.front, "buyer006@example.org").log_in()

    async def scene():
        async with Page(office, path=path) as page, Page(office, path=another) as other:
            assert await page.heard() == {"type": "seats", "left": left}
            await other.heard()
            began = time.monotonic()
            checkout = await asyncio.to_thread(buyer.hold, EVENT)
            await until_left(page, band, before - 1)
            await asyncio.to_thread(buyer.post, f"{checkout}release/")
            await until_left(page, band, before)
            assert time.monotonic() - began < 2
            assert await other.silent()  # another event's

    asyncio.run(scene())


def test_seats_of_an_event_that_is_not_there_are_4404_and_those_of_one_that_cannot_be_looked_up_4503(office):
    path, _ = seats_of(office, EVENT)

    async def code(path):
        async with Page(office, path=path) as page:
            return await page.closed()

    assert asyncio.run(code("/live/events/999999/seats")) == 4404
    office.kill("catalog")
    try:
        assert asyncio.run(code(path)) == 4503
    finally:
        office.start("catalog")


def test_a_hold_is_its_owner_s_to_watch(office):
    owner, other = Buyer(office.front, "buyer007@example.org").log_in(), "buyer008@example.org"

    async def scene():
        checkout = await asyncio.to_thread(owner.hold, EVENT)
        path = f"/live/holds/{checkout.split('/')[2]}"
        async with (
            Page(office, "buyer007@example.org", path=path) as page,
            Page(office, other, path=path) as thief,
        ):
            await thief.say(action="sign_in", token=await asyncio.to_thread(thief.token))
            assert await thief.heard() == {"type": "signed_in"}
            assert await thief.closed() == 4403
            await page.sign_in()
            told = await page.heard()
            assert told["state"] == "active" and 50 < told["seconds_left"] <= 60
            await asyncio.to_thread(owner.pay, checkout)
            assert await page.heard() == {"type": "hold", "state": "consumed", "seconds_left": 0}

    asyncio.run(scene())


def test_a_message_that_the_layer_dropped_is_made_up_for_at_the_next_look(office):
    path, left = seats_of(office, EVENT)
    band, before = next(iter(left.items()))
    buyer = Buyer(office.front, "buyer009@example.org").log_in()

    async def scene():
        async with Page(office, path=path) as page:
            await page.heard()
            office.kill("notifications-listen")  # nobody says anything to the layer
            try:
                await asyncio.to_thread(buyer.hold, EVENT)
                await asyncio.wait_for(until_left(page, band, before - 1), 8)
            finally:
                office.start("notifications-listen")

    asyncio.run(scene())


def test_a_thousand_sockets_see_each_change_in_order():
    with Stack(
        arrangement="split", events=True, env={"HOLD_SECONDS": "600"}, name="with a thousand sockets"
    ) as stack:
        came = fan_out(stack, 1000, changes=10)
        print(came)
        assert (came.missed, came.disorder) == (0, 0)
        # a change may be overtaken by the next one, before it is shown
        assert came.passed < 1000
        assert came.latency.percentile(0.99) < 5_000


def test_two_processes_hold_sockets_and_a_layer_in_memory_reaches_neither(office):
    async def scene(stack, live: str) -> bool:
        async with Page(stack, live=live) as page:
            await page.sign_in()
            await page.follow(None)
            await asyncio.to_thread(buy, stack)
            return await page.silent(3)

    second = office.another("notifications-live")
    assert second == "notifications-live-2"
    for live in ("notifications-live", second):
        assert not asyncio.run(scene(office, live))
    with Stack(
        arrangement="split", events=True, env={"CHANNEL_LAYER": "memory"}, name="with a layer in memory"
    ) as stack:
        assert asyncio.run(scene(stack, "notifications-live"))


def test_what_carries_nothing_is_one_of_a_kind(office):
    with pytest.raises(LabError, match="orders is one of a kind: of .*orders-relay"):
        office.another("orders")


# those who read slowly

MANY = """
from boxoffice.contexts.notifications.models import Notification

Notification.objects.filter(recipient_id={person}).delete()
Notification.objects.bulk_create(
    Notification(recipient_id={person}, subject="s", text="x" * 2000) for _ in range(20_000)
)
"""


def test_whoever_reads_nothing_is_closed_and_others_are_undisturbed(office):
    email = "buyer010@example.org"
    person = int(jwt.decode(Page(office, email).token(), options={"verify_signature": False})["sub"])
    office.inside("notifications", MANY.format(person=person))
    memory = office.memory("notifications-live")

    async def scene():
        async with (
            Page(office, email, max_queue=1, compression=None) as slow,
            Page(office, "buyer011@example.org") as page,
        ):
            await page.sign_in()
            await page.follow(None)
            await slow.sign_in()
            await slow.say(action="follow", last_id=0)
            began = time.monotonic()
            while office.log("notifications-live", 1000).count("reads too slowly") == 0:
                assert time.monotonic() - began < 20
                await asyncio.sleep(0.2)
                await asyncio.to_thread(buy, office, "buyer011@example.org")
                sent = time.monotonic()
                assert (await page.heard())["type"] == "notification"
                assert time.monotonic() - sent < 1
            assert await slow.closed() == 4408
            assert office.memory("notifications-live") < memory + 20  # MiB

    asyncio.run(scene())


def test_whoever_is_cut_off_over_and_over_is_still_let_in(office):
    """Twenty sockets of one person are allowed; those that are gone do not count, whatever they were being told."""
    email = "buyer012@example.org"

    async def scene():
        token = await asyncio.to_thread(Page(office, email).token)
        for _ in range(25):
            page = await Page(office, email).__aenter__()
            await page.say(action="sign_in", token=token)
            await page.say(action="follow", last_id=0)
            page.socket.transport.abort()
        await asyncio.sleep(0.5)
        async with Page(office, email) as page:
            await page.say(action="sign_in", token=token)
            assert await page.heard() == {"type": "signed_in"}

    asyncio.run(scene())


def test_after_all_that_the_process_lives_and_others_were_undisturbed(office):
    assert office.alive("notifications-live")
    assert "Traceback" not in office.log("notifications-live", 1000)
    test_what_is_bought_is_on_the_page_within_a_second(office)

"""What the answers of chapter 11 must do.

Sockets are played where the rule is about what a consumer says (`Tab`, on a channel layer in memory), and real ones, to a real
server, where it is about handshakes, close codes and time (`Browser`).
"""

import asyncio
import contextlib
import inspect
import io
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lab.checks import Exercise, elsewhere, reject

PATIENCE = 3  # seconds that a check waits for what should come at once

# The world that answers meet. Django is set up by the time a check runs, so its imports stand inside.


def event(number: int, bands: int = 1, capacity: int = 10):
    """An event with price bands, and seats for each."""
    from monolith.catalog.models import Event, Venue
    from monolith.inventory.models import Allotment

    house = Venue.objects.get_or_create(name="The Lantern", city="Leeds", address="1 Mill Lane")[0]
    made = Event.objects.create(
        venue=house,
        title=f"Evening {number}",
        slug=f"evening-{number}",
        starts_at=datetime(2040, 1, 1, 20, tzinfo=UTC),
    )
    for position in range(bands):
        band = made.bands.create(name=f"Row {position + 1}", price=Decimal(10), position=position)
        Allotment.objects.create(band=band, capacity=capacity)
    return made


def user(name: str):
    from monolith.accounts.models import User

    email = f"{name.lower()}@example.org"
    return User.objects.create(username=email, email=email, first_name=name, last_name="Example")


def a_consumer(value, name: str) -> None:
    if not (inspect.isclass(value) and hasattr(value, "as_asgi")):
        reject(name, repr(value), "a class of Channels' consumers", "Keep the base that the stub has.")


# What happens on a socket: ("accepted", None), ("message", …), ("closed", code), ("crash", text), ("ended", None) when
# the consumer ended without a word, ("refused", status) of a handshake, ("nothing", seconds).


def told(happened: tuple) -> str:
    """In words."""
    kind, what = happened
    return {
        "message": f"the message {shown(what)}",
        "closed": f"closed with {what}",
        "crash": f"a crash: {what}",
        "ended": "the consumer ended, and said nothing",
        "refused": f"a refused handshake ({what})",
        "nothing": f"nothing, for {what:g} s" if kind == "nothing" else "",
    }.get(kind, kind)


def shown(value, most: int = 90) -> str:
    text = value if isinstance(value, str) else repr(value) if isinstance(value, bytes) else json.dumps(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def crash(problem: BaseException) -> str:
    """What it was, and at which line of the answer."""
    text = f"{type(problem).__name__}: {str(problem)[:200]}".rstrip(": ")
    mine = [
        frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename.startswith("<answer")
    ]
    return f"{text} (line {mine[-1].lineno}: {(mine[-1].line or '').strip()})" if mine else text


def read(text):
    with contextlib.suppress(ValueError, TypeError):
        return json.loads(text)
    return text


class Tab:
    """A browser's tab, played: its socket to a consumer, in the check's own event loop."""

    def __init__(self, consumer, route: str, address: str):
        from asgiref.testing import ApplicationCommunicator
        from channels.routing import URLRouter
        from django.urls import path

        scope = {"type": "websocket", "path": address, "query_string": b"", "headers": [], "subprotocols": []}
        self.line = ApplicationCommunicator(URLRouter([path(route, consumer.as_asgi())]), scope)

    async def open(self) -> tuple:
        await self._put({"type": "websocket.connect"})
        return await self.happens()

    async def say(self, what) -> None:
        if isinstance(what, bytes):
            await self._put({"type": "websocket.receive", "bytes": what})
        else:
            await self._put(
                {"type": "websocket.receive", "text": what if isinstance(what, str) else json.dumps(what)}
            )

    async def leave(self, code: int = 1001) -> tuple:
        """Close it, and wait for the consumer's end; what it says until then is heard by nobody."""
        await self._put({"type": "websocket.disconnect", "code": code})
        deadline = time.monotonic() + PATIENCE
        while not self.line.future.done() and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        return self._end() if self.line.future.done() else ("nothing", PATIENCE)

    async def happens(self, seconds: float = 2) -> tuple:
        """Whatever happens next."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.line.output_queue.empty():
                return self._event(self.line.output_queue.get_nowait())
            if self.line.future.done():
                return self._end()
            await asyncio.sleep(0.002)
        return "nothing", seconds

    async def _put(self, message: dict) -> None:
        assert self.line.future  # which starts it
        await self.line.input_queue.put(message)

    def _event(self, message: dict) -> tuple:
        kind = message["type"].removeprefix("websocket.")
        if kind == "accept":
            return "accepted", None
        if kind == "close":
            return "closed", message.get("code") or 1000
        text = message.get("text")
        return "message", read(text) if text is not None else message.get("bytes")

    def _end(self) -> tuple:
        problem = None if self.line.future.cancelled() else self.line.future.exception()
        return ("crash", crash(problem)) if problem else ("ended", None)


def play(scene) -> None:
    """Run the coroutine function scene(layer) on a channel layer of its own.

    As in production, the ORM is not to be used in the event loop itself.
    """
    with guarded():
        asyncio.run(_played(scene))


async def _played(scene) -> None:
    from asgiref.sync import sync_to_async
    from channels.layers import channel_layers
    from django.db import connections

    asyncio.get_running_loop().set_exception_handler(tell_of_tasks)
    layer = far_layer()
    channel_layers.set("default", layer)
    try:
        await scene(layer)
    finally:
        await sync_to_async(connections.close_all)()  # in the thread that consumers use the database in


def tell_of_tasks(loop, context: dict) -> None:
    """One line, where asyncio prints a screen: what a task of the answer raised, for which nobody waits."""
    problem = context.get("exception")
    if problem and "<answer" in "".join(traceback.format_tb(problem.__traceback__)):
        print(f"a task raised {crash(problem)}")


def far_layer():
    """A layer in memory, but one to which a call takes a moment, as it does to Redis."""
    from channels.layers import InMemoryChannelLayer

    class Far(InMemoryChannelLayer):
        async def group_add(self, group, channel):
            await asyncio.sleep(0.01)
            await super().group_add(group, channel)

    return Far()


@contextmanager
def guarded():
    """Without DJANGO_ALLOW_ASYNC_UNSAFE, which notebooks set and nobody else should."""
    before = os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    try:
        yield
    finally:
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def nobody_left(layer, call: str) -> None:
    """No group of the layer has a channel in it."""
    left = {name: len(channels) for name, channels in layer.groups.items() if channels}
    if left:
        name, number = next(iter(left.items()))
        reject(
            call,
            f"{number} channel{'s' * (number != 1)} still in the group {name}",
            "an empty group",
            "Each change is sent to a channel that nobody reads, until its place is full.",
        )


async def opened(tab: Tab, call: str) -> Tab:
    happened = await tab.open()
    if happened != ("accepted", None):
        step = {
            "nothing": "Nobody answered the handshake: did you accept?",
            "closed": "Closed before it was accepted: is the event looked for by its id?",
        }
        reject(
            call,
            told(happened),
            "accepted",
            crashed(happened) or step.get(happened[0], "Look at what connect does."),
        )
    return tab


async def ends(tab: Tab, call: str) -> None:
    """The tab is closed, and so the consumer ends."""
    happened = await tab.leave()
    if happened[0] != "ended":
        reject(
            call,
            "a consumer that goes on" if happened[0] == "nothing" else told(happened),
            "the end of the consumer",
            "What is done when a socket closes must not raise, and must let Channels end it.",
        )


# 11.1 --------------------------------------------------------------------------------------------

board = Exercise(
    number="11.1",
    title="The seat board",
    kind="complete",
    minutes=12,
    provides=("SeatBoard",),
    review="One answer joins and leaves by hand, the other tells Channels which groups it is for, and has both done. Which of "
    "the two still leaves when your own code raises in connect, or in disconnect?",
)

SEATS = "live/events/<int:event>/seats"


def seats_of(answer, number: int) -> Tab:
    a_consumer(answer.SeatBoard, "SeatBoard")
    return Tab(answer.SeatBoard, SEATS, f"/live/events/{number}/seats")


async def change(layer, number: int, band: int, left: int) -> dict:
    """Publish it, as the inventory does; what a browser is to be told."""
    await layer.group_send(
        f"event.{number}.seats", {"type": "seats.changed", "event": number, "band": band, "left": left}
    )
    return {"type": "seats", "band": band, "left": left}


async def hears(tab: Tab, right: dict, call: str, step: str) -> None:
    happened = await tab.happens()
    if happened != ("message", right):
        kind, what = happened
        if kind == "message" and (not isinstance(what, dict) or what.keys() != right.keys()):
            step = "A browser is told three things, by these names."
        reject(call, told(happened), shown(right), crashed(happened) or step)


def crashed(happened: tuple) -> str:
    """One next step for a consumer that raised; empty if it did not."""
    kind, text = happened
    if kind != "crash":
        return ""
    if text.startswith("ValueError: No handler"):
        return "Channels makes a method's name of the message's type: what does it make of this one?"
    if text.startswith("TypeError: Group name"):
        return "The layer takes letters, digits, hyphens, underscores and full stops. The task says the group's name."
    if text.startswith("SynchronousOnlyOperation"):
        return "The ORM's plain calls may not be made in the event loop: there are others, whose names begin with an a."
    if text.startswith("TypeError: sync_to_async can only be applied to sync functions"):
        return "It takes a function that blocks, and makes it one to await: what you gave it is one already."
    return "A browser would see its socket closed with 1011 or 1006."


@board.requirement(
    "R1",
    "the socket of an event that exists is accepted; from then on each change of its seats reaches every open socket, in order, as "
    '{"type": "seats", "band": 3, "left": 12}',
    hints=(
        "Who is told of the change, and how does the layer know that you want to be?",
        "Look at the order of accepting and joining: what of a change in between? And at how Channels finds the method for a "
        "message's type.",
        "In connect: the group_add of the event's group with self.channel_name, awaited; then accept. And a method seats_changed, "
        "which sends.",
    ),
)
def passes_on(answer):
    one = event(1).pk

    async def scene(layer):
        address = f"/live/events/{one}/seats"
        first = await opened(seats_of(answer, one), f"a browser that opens {address}")
        right = await change(layer, one, 3, 12)
        await hears(
            first,
            right,
            f"a change of band 3 to 12, right after {address} was accepted",
            "Has the socket joined the event's group by then? From the moment you accept, the browser believes what it shows.",
        )
        second = await opened(seats_of(answer, one), f"a second browser that opens {address}")
        for band, left in ((3, 11), (5, 0), (3, 10)):
            right = await change(layer, one, band, left)
            for which, tab in (("first", first), ("second", second)):
                call = f"a change of band {band} to {left}, at the {which} of two browsers"
                await hears(tab, right, call, "Send what the message says: its band, and what is left.")
        rights = [await change(layer, one, 3, left) for left in (9, 8, 7)]
        for right in rights:
            await hears(
                second, right, "three changes in a row", "Each of them, in the order in which they came."
            )

    play(scene)


@board.requirement(
    "R2",
    "changes of another event do not",
    hints=(
        "How many browsers get a message that one buyer of one event has caused?",
        "Look at the group's name: what is in it that differs from event to event?",
        'The event\'s id stands in self.scope["url_route"]["kwargs"]; the name of the group is made of it.',
    ),
)
def its_own(answer):
    one, two = event(1).pk, event(2).pk

    async def scene(layer):
        first = await opened(seats_of(answer, one), f"a browser that looks at event {one}")
        second = await opened(seats_of(answer, two), f"a browser that looks at event {two}")
        for tab, mine, other in ((first, one, two), (second, two, one)):
            await change(layer, other, 3, 1)
            right = await change(layer, mine, 4, 2)
            await hears(
                tab,
                right,
                f"a browser at event {mine}: a change of event {other}, then one of its own",
                "What another event's buyers do is none of its business: a group for each event.",
            )
            there = second if tab is first else first
            call = f"a change of event {other}, at a browser that looks at it"
            await hears(
                there, {"type": "seats", "band": 3, "left": 1}, call, "Each joins the group of its own event."
            )

    play(scene)


@board.requirement(
    "R3",
    "the socket of an event that there is not is accepted, and then closed with 4404; it leaves nothing behind",
    hints=(
        "What does a browser learn of a close code, if the handshake itself is refused?",
        "Look at what Channels does with close() before accept(): the server answers 403, and the page sees 1006.",
        "Ask the ORM with one of its methods for async code (aexists); if there is none: accept, close(4404), return.",
    ),
)
def not_there(answer):
    one = event(1).pk

    async def scene(layer):
        for number in (one + 98, 0):
            call = f"a browser that opens /live/events/{number}/seats, where {one} is the only event"
            tab = seats_of(answer, number)
            happened = await tab.open()
            if happened == ("closed", 4404):
                reject(
                    call,
                    "4404, before it was accepted",
                    "accepted, then 4404",
                    "A browser is told 1006 of a refused handshake: your code gets lost.",
                )
            if happened != ("accepted", None):
                step = "Did you accept, before you closed it?"
                reject(call, told(happened), "accepted, then 4404", crashed(happened) or step)
            happened = await tab.happens(1)
            if happened != ("closed", 4404):
                reject(
                    call,
                    f"accepted, and then {told(happened)}",
                    "accepted, then 4404",
                    crashed(happened) or "Who waits here waits for ever, and believes that nothing is sold.",
                )
            await ends(tab, f"{call}, and is told 4404")
            nobody_left(layer, f"{call}, and its end")

    play(scene)


@board.requirement(
    "R4",
    "whoever closes a socket leaves no channel behind in a group; those who still look go on hearing",
    hints=(
        "Your tab is closed. Who tells the layer?",
        "Look at disconnect: it is called for every socket that ends, also for those that never joined.",
        "In disconnect: group_discard, with the same name and the same channel as in connect; and nothing if there was no joining.",
    ),
)
def leaves(answer):
    one, two = event(1).pk, event(2).pk

    async def scene(layer):
        tabs = [await opened(seats_of(answer, one), "a browser that opens the board") for _ in range(3)]
        other = await opened(seats_of(answer, two), "a browser at another event")
        call = "one of three browsers at an event, closed, while a fourth looks at another"
        await ends(tabs.pop(1), call)
        there = sum(map(len, layer.groups.values()))
        if there != 3:
            reject(
                call,
                f"{there} channel{'s' * (there != 1)} in the layer's groups",
                "3",
                "What joined must leave, and nobody else: the layer does not know that a socket was closed.",
            )
        right = await change(layer, one, 3, 5)
        for tab in tabs:
            await hears(
                tab, right, "a change, once one of three browsers was closed", "The others still look."
            )
        for tab in tabs:
            await change(layer, one, 3, 4)  # which it will not read
            await ends(tab, "a browser that is closed with a change on its way")
        await ends(other, "the last browser, closed")
        nobody_left(layer, "three browsers at an event, all closed")

    play(scene)


@board.requirement(
    "R5",
    "whatever a browser says is passed over: JSON, other text, an empty text, bytes",
    hints=(
        "A board only tells. What happens to the socket of somebody who talks to it all the same?",
        "Look at the class that yours is made from: what does its `receive` do with a text that is no JSON, and with bytes? And "
        "who calls disconnect after a crash?",
        "A `receive` of your own that does nothing; or a base class whose `receive` does nothing.",
    ),
)
def talks(answer):
    one = event(1).pk

    async def scene(layer):
        for said in ({"action": "follow"}, [], 7, "hello", "{", "", b"\x00\xff", b""):
            tab = await opened(seats_of(answer, one), "a browser that opens the board")
            call = f"a browser that says {shown(said) or 'an empty text'}, and then a change"
            await tab.say(said)
            await asyncio.sleep(0.01)
            right = await change(layer, one, 3, 5)
            happened = await tab.happens()
            if happened != ("message", right):
                reject(
                    call,
                    told(happened),
                    shown(right),
                    "Which of the methods that you did not write raised? A consumer that raises ends without disconnect: "
                    "its channel stays in the group, for a day."
                    if happened[0] == "crash"
                    else "It is only talk: changes come all the same.",
                )
            await ends(tab, f"{call}, and its end")
            nobody_left(layer, f"{call}, and its end")

    play(scene)


# 11.2 --------------------------------------------------------------------------------------------

committed = Exercise(
    number="11.2",
    title="Not before the commit",
    kind="fix",
    minutes=10,
    provides=("sell", "SoldOut"),
    limit=5,
    review="One answer says what was left when it sold, the other looks again once it is committed. Two sales are committed at "
    "the same moment: which numbers do the two push, in which order, and what does a board show for the next hour?",
)


class Pushed(list):
    """What was pushed, as (band, left), and what others could read of that band by then. It raises when it is told to."""

    def __init__(self, broken=()):
        super().__init__()
        self.broken, self.read = broken, []

    def __repr__(self):
        return "push"

    def __call__(self, band, left):
        self.append((band, left))
        self.read.append(free_elsewhere(band))
        if band in self.broken:
            raise ConnectionError("the channel layer is not there")


def free(band: int) -> int:
    from monolith.inventory.models import Allotment

    row = Allotment.objects.get(band_id=band)
    return row.capacity - row.sold


def free_elsewhere(band: int) -> int:
    with elsewhere():
        return free(band)


@contextmanager
def quiet():
    """Nothing is logged: what goes wrong here is meant to."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def sells(answer, bands, quantity, push, call: str) -> None:
    try:
        with quiet():
            answer.sell(bands, quantity, push)
    except AttributeError as problem:
        if "__qualname__" not in str(problem):
            raise
        reject(
            call,
            f"AttributeError: {problem}",
            "a sale, and no exception",
            "Django 5 logs the name of a function that failed after the commit, and a partial has none. What is like a "
            "partial, and has one?",
        )
    except (answer.SoldOut, ConnectionError, RuntimeError) as problem:
        step = {
            ConnectionError: "The seats are sold by then: who gets an exception believes that they are not.",
            RuntimeError: "Whoever calls you may be in a transaction already.",
        }
        reject(
            call,
            f"{type(problem).__name__}: {problem}",
            "a sale, and no exception",
            step.get(type(problem), "There are seats left."),
        )


def three_bands() -> list[int]:
    return [band.pk for band in event(1, bands=3).bands.all()]


def pairs(pushed) -> str:
    if not pushed:
        return "nothing pushed"
    return f"{len(pushed)} pushed: " + ", ".join(f"push({band!r}, {left!r})" for band, left in pushed)


@committed.requirement(
    "R1",
    "a sale that is committed pushes each of its bands once, with what is left of that band; by then, others can read it",
    hints=(
        "Somebody hears of your push, and looks into the database at once. What does she see?",
        "Django keeps functions for you until the commit: transaction.on_commit. Look at what a function remembers that you make "
        "in a loop: a value, or the name of a variable?",
        "In the loop: on_commit of a function that has its own band and its own number bound to it: by default values, for one, or "
        "by the function that makes it.",
    ),
)
def once_committed(answer):
    bands = three_bands()
    for number, chosen in enumerate((bands[:1], bands, bands[::-1]), 1):
        push = Pushed()
        call = f"sell({chosen}, 2, push)"
        sells(answer, chosen, 2, push, call)
        right = [(band, free(band)) for band in chosen]
        if free(bands[0]) != 10 - 2 * number:
            reject(
                call,
                f"{free(bands[0])} seats left of band {bands[0]}",
                f"{10 - 2 * number}",
                "It still has to sell.",
            )
        if sorted(push, key=repr) != sorted(right):
            step = "Each band once, with its own number."
            if len(push) == len(chosen) > len(set(push)):
                step = "A function made in a loop looks the variable up when it is called: by then the loop is over."
            elif not push:
                step = "Nobody hears of it."
            reject(call, pairs(push), pairs(right), step)
        early = [band for (band, left), seen in zip(push, push.read, strict=True) if left != seen]
        if early:
            reject(
                call,
                f"push({early[0]}, {dict(push)[early[0]]}), while others still read {push.read[0]} there",
                "a push once it can be read",
                "What is not committed is nobody's news: it may never come.",
            )


@committed.requirement(
    "R2",
    "a sale that is rolled back pushes nothing: because one of its bands is sold out, or because the caller's transaction fails",
    hints=(
        "The third band is sold out. What did you tell of the first two?",
        "A message cannot be taken back, and finally is done whatever happened. Who knows how the outermost transaction ends?",
        "Everything that pushes is handed to on_commit, within the transaction that it belongs to; nothing pushes by itself.",
    ),
)
def rolled_back(answer):
    from django.db import transaction

    bands = three_bands()
    answer.sell(bands[2:], 9, Pushed())
    for chosen in (bands, bands[2:]):
        push = Pushed()
        call = f"sell({chosen}, 2, push), where band {bands[2]} has 1 seat left"
        try:
            with quiet():
                answer.sell(chosen, 2, push)
        except answer.SoldOut:
            pass
        else:
            reject(call, "no exception", "SoldOut", "It still has to refuse.")
        if push:
            reject(
                call,
                pairs(push),
                "SoldOut, and nothing pushed",
                "Open pages show seats as sold that are not.",
            )
        if [free(band) for band in bands] != [10, 10, 1]:
            seats = ", ".join(str(free(band)) for band in bands)
            reject(call, f"{seats} seats left", "10, 10, 1", "All of them, or none of any.")
    for chosen in (bands[:1], bands[:2]):
        push = Pushed()
        with contextlib.suppress(Declined), transaction.atomic():
            sells(answer, chosen, 2, push, f"sell({chosen}, 2, push), within the caller's transaction")
            raise Declined
        call = f"with atomic(): sell({chosen}, 2, push), and then the card is declined"
        if push:
            reject(call, pairs(push), "nothing pushed", "The sale never was: when did you push?")
        if free(bands[0]) != 10:
            reject(call, f"{free(bands[0])} seats left", "10", "The caller's transaction is yours, too.")
        later = Pushed()
        sells(answer, bands[1:2], 1, later, f"sell({bands[1:2]}, 1, push), after one that was rolled back")
        if [band for band, _ in later] != bands[1:2] or push:
            reject(
                f"sell({bands[1:2]}, 1, push), after one that was rolled back",
                pairs([*push, *later]),
                pairs([(bands[1], free(bands[1]))]),
                "What was to be told of the first sale must not wait for the next commit.",
            )


class Declined(Exception):
    """The card was."""


@committed.requirement(
    "R3",
    "within the caller's transaction it pushes at the outermost commit, and only of those blocks that were not rolled back",
    hints=(
        "Checkout sells, then takes the money, in one transaction. Your block ends before that: is it committed?",
        "The end of an inner atomic() is a savepoint. Look at where on_commit is called: Django remembers the savepoint, too.",
        "No push after the block, and no clock: on_commit, called inside the block that sold.",
    ),
)
def nested(answer):
    from django.db import transaction

    bands = three_bands()
    push = Pushed()
    call = f"with atomic(): sell({bands[:1]}, 2, push); then more work in the same block"
    with transaction.atomic():
        with transaction.atomic():
            sells(answer, bands[:1], 2, push, call)
        early = list(push)
    if early:
        reject(
            call,
            f"{pairs(early)}, before the commit",
            "nothing until the caller's commit",
            "Only the outermost block commits.",
        )
    if push != [(bands[0], 8)]:
        reject(call, f"{pairs(push)} after the commit", pairs([(bands[0], 8)]), "After it, it is news.")

    push = Pushed()
    call = f"with atomic(): sell({bands[:1]}, 1, push) in a block that is rolled back; then sell({bands[1:2]}, 1, push)"
    with transaction.atomic():
        with contextlib.suppress(Declined), transaction.atomic():
            sells(answer, bands[:1], 1, push, call)
            raise Declined
        sells(answer, bands[1:2], 1, push, call)
    if push != [(bands[1], 9)]:
        reject(
            call,
            pairs(push),
            pairs([(bands[1], 9)]),
            "The first was rolled back to its savepoint: that never was.",
        )

    push = Pushed()
    call = f"with atomic(): sell({bands[2:]}, 1, push), twice"
    with transaction.atomic():
        for _ in range(2):
            sells(answer, bands[2:], 1, push, call)
    if not push or push[-1] != (bands[2], 8) or {band for band, _ in push} != {bands[2]}:
        reject(call, pairs(push), f"the last of them push({bands[2]}, 8)", "Boards show what came last.")


@committed.requirement(
    "R4",
    "a push that raises keeps neither the sale from being made, nor the caller from hearing so, nor other bands from being told",
    hints=(
        "Redis is gone. Is the sale, which is committed, a failure? What does the buyer do who is shown one?",
        "An exception from an on_commit function goes to whoever left the transaction, and the functions after it are not called. "
        "Look at the parameters of on_commit.",
        "One function a band, each registered so that its exception is logged and goes no further: robust.",
    ),
)
def layer_down(answer):
    from django.db import transaction

    bands = three_bands()
    for broken in (bands[:1], bands):
        before, push = free(bands[0]), Pushed(broken)
        call = f"sell({bands}, 1, push), where push raises ConnectionError for {broken}"
        sells(answer, bands, 1, push, call)
        if sorted({band for band, _ in push}) != bands:
            reject(
                call,
                pairs(push),
                f"a push for each of {bands}",
                "One that fails must not silence the others.",
            )
        if free(bands[0]) != before - 1:
            reject(call, "no sale", "a sale", "A board that is not told is no reason to sell nothing.")
    push = Pushed(bands)
    call = f"with atomic(): sell({bands}, 1, push), where push raises ConnectionError"
    try:
        with quiet(), transaction.atomic():
            answer.sell(bands, 1, push)
    except ConnectionError as problem:
        reject(
            call,
            f"ConnectionError: {problem}",
            "no exception",
            "It reaches whoever left the outermost block.",
        )


# 11.3 --------------------------------------------------------------------------------------------

missed = Exercise(
    number="11.3",
    title="What did I miss?",
    kind="fix",
    minutes=15,
    provides=("Changes",),
    review="One answer believes what the layer brings, the other only hears that there is something new, and reads what. A layer "
    "drops messages when a socket is slow: what does the browser at the end of each show, and until when?",
)

CHANGES = "live/events/<int:event>/changes"


class Log:
    """The stored changes of events; `before` and `after` say how many are added around each reading of them."""

    def __init__(self, layer, **at):
        self.layer, self.rows, self.readings = layer, [], 0
        self.at = {name: list(times) for name, times in at.items()}

    async def add(self, number: int = 1, times: int = 1) -> None:
        """Store a change, and publish it; `times`, since a layer may bring a message twice."""
        row = {"id": len(self.rows) + 1, "event": number, "band": 3, "left": 90 - len(self.rows)}
        self.rows.append(row)
        for _ in range(times):
            await self.layer.group_send(
                f"event.{number}.changes", {"type": "seats.changed", "change": dict(row)}
            )

    async def read(self, number: int, after: int) -> list[dict]:
        self.readings += 1
        await self._moment("before")
        await asyncio.sleep(0.005)
        found = [dict(row) for row in self.rows if row["event"] == number and row["id"] > after]
        await self._moment("after")
        await asyncio.sleep(0.005)
        return found

    async def _moment(self, name: str) -> None:
        if self.at.get(name):
            for _ in range(self.at[name].pop(0)):
                await self.add()


def changes_of(answer, log: Log, number: int = 1) -> Tab:
    a_consumer(answer.Changes, "Changes")

    class Changes(answer.Changes):
        async def stored(self, event, after):
            return await log.read(event, after)

    return Tab(Changes, CHANGES, f"/live/events/{number}/changes")


async def all_that_comes(tab: Tab, call: str, log: Log, number: int = 1) -> list[int]:
    """The ids that were sent, up to the event's last one, and whatever comes in the moment after it."""
    ids = []
    while True:
        last = max(row["id"] for row in log.rows if row["event"] == number)
        happened = await tab.happens(0.08 if last in ids else 1)
        if happened[0] == "nothing":
            return ids
        kind, what = happened
        if kind != "message" or not isinstance(what, dict) or not isinstance(what.get("id"), int):
            step = "Send each change as it is stored."
            reject(call, told(happened), "changes, each with its id", crashed(happened) or step)
        ids.append(what["id"])


MOMENTS = {
    "with nothing new meanwhile": {},
    "and change 5 is made right before the stored ones are read": {"before": [1]},
    "and change 5 is made right after the stored ones are read": {"after": [1]},
    "and 5 and 6 are made right before the stored ones are read": {"before": [2]},
    "and 5 is made before, 6 after the stored ones are read": {"before": [1], "after": [1]},
    "and 5 to 7 are made right after the stored ones are read": {"after": [3]},
    "and one is made right after each reading": {"after": [1, 1, 1]},
}


async def asked(answer, layer, moment: dict, last_id: int, call: str) -> tuple[list[int], list[int]]:
    """(what was sent, what should have been) of a browser that asks with this id, and stays for three more changes."""
    layer.groups.clear()
    log = Log(layer, **moment)
    for number in (1, 2, 1, 1):
        await log.add(number)
    tab = await opened(changes_of(answer, log), "a browser that opens the changes")
    await tab.say({"last_id": last_id})
    await asyncio.sleep(0.06)
    for _ in range(3):
        await log.add()
    ids = await all_that_comes(tab, call, log)
    await tab.leave()
    return ids, [row["id"] for row in log.rows if row["event"] == 1 and row["id"] > last_id]


def in_all_moments(answer, judged) -> None:
    """judged(call, what was sent, what should have been), for each moment. Played once for all requirements."""

    async def scene(layer):
        for moment, at in MOMENTS.items():
            for last_id in (1, 4) if at else (0, 1, 4):
                call = f"last_id {last_id}, with 1 to 4 stored, of which 2 is another event's, {moment}; then three more"
                _heard.append((call, *await asked(answer, layer, at, last_id, call)))

    if len(_heard) < len(MOMENTS):
        _heard.clear()
        play(scene)
    for each in _heard:
        judged(*each)


_heard: list[tuple[str, list[int], list[int]]] = []


def numbers(ids: list[int]) -> str:
    return f"the ids {', '.join(map(str, ids))}" if ids else "nothing"


@missed.requirement(
    "R1",
    'until it says {"last_id": n}, a browser is sent nothing; then each stored change of its event after n, as it is stored, and '
    "from then on those that come; while none come, nothing is read",
    hints=(
        "What may you send to somebody of whom you do not know what she has?",
        "Look at what your consumer does with a message of the layer before it was asked, and where each socket keeps its last id.",
        "Where connect sets self.last to None, seats_changed can tell that nobody has asked yet.",
    ),
)
def replays(answer):
    async def scene(layer):
        log = Log(layer)
        for number in (1, 2, 1, 1, 2):
            await log.add(number)
        first, second, other = [
            await opened(changes_of(answer, log, number), "a browser that opens the changes")
            for number in (1, 1, 2)
        ]
        await log.add(1)  # 6
        happened = await first.happens(0.1)
        if happened[0] != "nothing":
            reject(
                "a change, at a browser that has not said its last_id yet",
                told(happened),
                "nothing",
                crashed(happened) or "She may have it, or lack others before it: wait until she asks.",
            )
        for tab, last_id, right, whose in (
            (first, 1, [3, 4, 6], "changes 1, 3, 4, 6 are event 1's"),
            (other, 0, [2, 5], "changes 2 and 5 are event 2's"),
            (second, 4, [6], "changes 1, 3, 4, 6 are event 1's"),
        ):
            await tab.say({"last_id": last_id})
            call = f"last_id {last_id}, where {whose}"
            ids = await all_that_comes(tab, call, log, 2 if tab is other else 1)
            if ids != right:
                reject(call, numbers(ids), numbers(right), "Those after it, of this event, in their order.")
        for number, (live, at) in enumerate(((1, (first, second)), (2, (other,)), (1, (first, second))), 7):
            await log.add(live)
            for tab in at:
                happened = await tab.happens(1)
                if happened != ("message", log.rows[-1]):
                    reject(
                        f"change {number}, of event {live}, at a browser that has caught up there",
                        told(happened),
                        shown(log.rows[-1]),
                        crashed(happened) or "Once caught up, she is told at once.",
                    )

        before = log.readings
        await asyncio.sleep(0.4)
        if log.readings > before:
            reject(
                "three browsers that have caught up, while nothing happens",
                f"{log.readings - before} readings in 0.4 s",
                "none",
                "Whoever asks all the time needs no socket: the layer tells you when there is something.",
            )

    play(scene)


@missed.requirement(
    "R2",
    "none is lost, be it stored right before you read or right after",
    hints=(
        "You have read what is stored, and now you join. What of a change in between?",
        "Look at the order of your two steps: whom does the layer tell of a change before you have joined?",
        "Join first: in connect, or before the first reading. What comes meanwhile waits for you.",
    ),
)
def none_lost(answer):
    def judged(call, ids, right):
        if lost := [number for number in right if number not in ids]:
            reject(
                call,
                numbers(ids),
                numbers(right),
                f"Change {lost[0]} is lost: who could have told you of it?",
            )

    in_all_moments(answer, judged)


@missed.requirement(
    "R3",
    "none comes twice, not even one that the layer brings twice, or one that is as old as last_id",
    hints=(
        "A change is stored after you joined, and before you read. By how many ways does it reach you?",
        "Look at what your consumer knows of what it has sent already: is one number enough?",
        "self.last, set by every change that is sent; what is not greater is not sent again.",
    ),
)
def none_twice(answer):
    def judged(call, ids, right):
        twice = [number for number in ids if ids.count(number) > 1 or number < right[0]]
        if twice:
            reject(
                call, numbers(ids), numbers(right), f"Change {twice[0]} is there already: how would you know?"
            )

    in_all_moments(answer, judged)

    async def scene(layer):
        log = Log(layer)
        for _ in range(3):
            await log.add()
        tab = await opened(changes_of(answer, log), "a browser that opens the changes")
        await log.add()  # 4, and nobody has asked yet
        await log.add()
        await asyncio.sleep(0.05)
        call = (
            "last_id 5, where 4 and 5 came since the socket was opened; then 6, which the layer brings twice"
        )
        await tab.say({"last_id": 5})
        await asyncio.sleep(0.05)
        await log.add(times=2)
        ids = await all_that_comes(tab, call, log)
        if ids != [6]:
            step = "What is not greater than the last one is known already."
            reject(call, numbers(ids), numbers([6]), step)

    play(scene)


@missed.requirement(
    "R4",
    "they come in the order of their ids",
    hints=(
        "Change 4 happens while you read the first three. Who is at the browser first?",
        "Look at whether anything of yours goes on beside the reading: a task, a callback.",
        "One thing after the other: what comes in while you replay waits, in the layer's queue or in a list of yours.",
    ),
)
def in_order(answer):
    def judged(call, ids, right):
        if ids != sorted(ids):
            reject(
                call, numbers(ids), numbers(right), "The board would end with an older number than there is."
            )

    in_all_moments(answer, judged)


@missed.requirement(
    "R5",
    "whoever closes a socket leaves no channel behind in a group, whether it ever asked or not",
    hints=(
        "What is left in the layer of a browser that opened, said nothing, and went?",
        "Look at disconnect, for a socket that has joined, and for one that has not.",
        "In disconnect: group_discard, with the name that you joined. Leaving a group where you are not does no harm.",
    ),
)
def leaves_changes(answer):
    async def scene(layer):
        for what, said in (("that never asked", None), ("that asked", {"last_id": 1})):
            log = Log(layer)
            for _ in range(3):
                await log.add()
            tab = await opened(changes_of(answer, log), "a browser that opens the changes")
            if said:
                await tab.say(said)
                await tab.happens(1)
                await asyncio.sleep(0.05)
            await ends(tab, f"a browser {what}, closed")
            nobody_left(layer, f"a browser {what}, closed")

    play(scene)


# A real server, and real sockets -----------------------------------------------------------------


class Served:
    """A server on a port of its own. `crashes` has what consumers raised, `logged` what was logged or printed."""

    def __init__(self, routes: dict):
        from channels.routing import URLRouter
        from django.urls import path

        self.app = URLRouter([path(route, consumer.as_asgi()) for route, consumer in routes.items()])
        self.crashes: list[str] = []
        self.logged: list[str] = []
        self.loop = None

    async def __call__(self, scope, receive, send):
        try:
            await self.app(scope, receive, send)
        except Exception as problem:
            self.crashes.append(crash(problem))
            raise

    def open_tasks(self) -> int:
        """How many tasks there are in the server's event loop."""

        async def count():
            return len(asyncio.all_tasks()) - 1

        return asyncio.run_coroutine_threadsafe(count(), self.loop).result(PATIENCE)


@contextmanager
def served(routes: dict):
    """Serve consumers by their addresses, from a thread with an event loop of its own."""
    import uvicorn

    serving = Served(routes)
    with socket.socket() as listening, listened(serving.logged):
        listening.bind(("127.0.0.1", 0))
        serving.port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(serving, lifespan="off", log_config=None, access_log=False))

        async def serve():
            serving.loop = asyncio.get_running_loop()
            serving.loop.set_exception_handler(tell_of_tasks)
            await server.serve(sockets=[listening])

        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield serving
        finally:
            server.should_exit = server.force_exit = True
            thread.join(PATIENCE)


@contextmanager
def listened(logged: list[str]):
    """Whatever is logged or printed goes into the list, and nowhere else. What servers log of their own work does not count."""
    handler = logging.Handler(logging.DEBUG)
    formatter = logging.Formatter()

    def emit(record):
        if not record.name.startswith(("uvicorn", "websockets", "asyncio")):
            logged.append(formatter.format(record))

    handler.emit = emit
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    before = [(logger, logger.handlers[:]) for logger in loggers]
    level, out, err = logging.root.level, sys.stdout, sys.stderr
    sys.stdout = sys.stderr = printed = io.StringIO()
    for logger in loggers:
        logger.handlers[:] = []
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        logging.root.setLevel(level)
        for logger, handlers in before:
            logger.handlers[:] = handlers
        logged.append(printed.getvalue())
        print(printed.getvalue(), end="")


class Browser:
    """A real socket to a real server."""

    def __init__(self, serving: Served, address: str):
        self.serving, self.address, self.line = serving, f"ws://127.0.0.1:{serving.port}{address}", None

    async def open(self) -> tuple:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        try:
            async with asyncio.timeout(PATIENCE):
                self.line = await connect(self.address, proxy=None, ping_interval=None)
        except InvalidStatus as problem:
            return self._crash() or ("refused", problem.response.status_code)
        except TimeoutError:
            return "nothing", PATIENCE
        except (WebSocketException, OSError) as problem:
            return self._crash() or ("refused", type(problem).__name__)
        return "accepted", None

    async def say(self, what) -> None:
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):  # which `happens` tells
            await self.line.send(what if isinstance(what, str | bytes) else json.dumps(what))

    async def happens(self, seconds: float = PATIENCE) -> tuple:
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(seconds):
                return "message", read(await self.line.recv())
        except TimeoutError:
            return "nothing", seconds
        except ConnectionClosed:
            code = self.line.close_code
            return (self._crash() if code in (1006, 1011) else None) or ("closed", code)

    async def leave(self) -> None:
        if self.line:
            await self.line.close()

    def _crash(self) -> tuple | None:
        return ("crash", self.serving.crashes[-1]) if self.serving.crashes else None


# 11.4 --------------------------------------------------------------------------------------------

let_in = Exercise(
    number="11.4",
    title="Let me in",
    kind="fix",
    minutes=15,
    core=False,
    provides=("MyHold", "claims"),
    review="One answer keeps two timers, the other waits for the first message in one place. A token can be renewed: how would a "
    "browser tell you its new one on the open socket, and which of the two answers would have to change less?",
)

HOLDS = "live/holds/<uuid:reference>"
WITHIN = 2  # seconds to say who you are
NOT_UNDERSTOOD, NOT_SIGNED_IN, NOT_YOURS, TOKEN_OVER = 4400, 4401, 4403, 4410


class Held:
    """A hold of Ann's, and tokens of hers and of others."""

    def __init__(self):
        from django.utils import timezone

        from monolith.inventory.models import Hold

        self.ann, self.eve = user("Ann"), user("Eve")
        band = event(1).bands.get()
        self.hold = Hold.objects.create(
            band=band, buyer=self.ann, quantity=2, expires_at=timezone.now() + timedelta(seconds=50)
        )
        self.orphan = Hold.objects.create(
            band=band, buyer=None, quantity=2, expires_at=timezone.now() + timedelta(seconds=50)
        )
        self.address = self.of(self.hold.reference)

    def of(self, reference) -> str:
        return f"/live/holds/{reference}"

    def token(self, whose=None, seconds: float = 900, salt: str = "access") -> str:
        from django.core import signing

        return signing.dumps({"sub": (whose or self.ann).pk, "exp": time.time() + seconds}, salt=salt)


def visits(answer, scene) -> None:
    """Run scene(held, visit) with a server; visit(address, *said) opens a socket there, and says something."""
    a_consumer(answer.MyHold, "MyHold")
    held = Held()

    async def play_it(serving):
        tabs = []

        async def visit(address, *said):
            tab = Browser(serving, address)
            happened = await tab.open()
            if happened != ("accepted", None):
                step = "Accept first: a browser is told nothing but 1006 of a refused handshake."
                call = f"a browser that opens {address[:30]}…"
                reject(call, told(happened), "accepted", crashed(happened) or step)
            tabs.append(tab)
            for each in said:
                await tab.say(each)
            return tab

        try:
            await scene(held, visit, serving)
        finally:
            await asyncio.gather(*(tab.leave() for tab in tabs), return_exceptions=True)

    with guarded(), served({HOLDS: answer.MyHold}) as serving:
        asyncio.run(play_it(serving))


def is_told(happened: tuple, call: str, most: int = 50) -> None:
    """The hold's state, with seconds that fit."""
    kind, what = happened
    seconds = what.get("seconds_left") if kind == "message" and isinstance(what, dict) else None
    right = {"type": "hold", "state": "active", "seconds_left": seconds}
    if type(seconds) is not int or what != right or not most - 15 < seconds <= most:
        expected = f'{{"type": "hold", "state": "active", "seconds_left": {most} or a little less}}'
        reject(
            call, told(happened), expected, crashed(happened) or "Her token is good, and the hold is hers."
        )


@let_in.requirement(
    "R1",
    'the holder whose first message is {"token": "…"} is told {"type": "hold", "state": "active", "seconds_left": 51}; before '
    "that, nobody is told anything",
    hints=(
        "Who reads the address of a socket on its way, and where is it written down?",
        "Look at what connect sends. By then, whom do you know?",
        "connect only accepts. The token comes in receive, is looked at by claims(), and then the hold is looked up and told.",
    ),
)
def the_holder(answer):
    async def scene(held, visit, serving):
        async def is_not_told(tab, call):
            happened = await tab.happens(0.3)
            if happened[0] != "nothing":
                step = "You do not know yet who it is."
                reject(call, told(happened), "nothing, until its first message", crashed(happened) or step)

        first, second = await visit(held.address), await visit(held.address)
        await is_not_told(first, "a browser that opens its socket, and has said nothing yet")
        await first.say({"token": held.token()})
        is_told(await first.happens(), "Ann's browser, whose first message is her token")
        await is_not_told(second, "a second tab, that has said nothing yet, after Ann signed in on the first")
        await second.say({"token": held.token()})
        is_told(await second.happens(), "Ann's second tab, whose first message is her token, too")

    visits(answer, scene)


@let_in.requirement(
    "R2",
    "whoever has said nothing within SIGN_IN_WITHIN (2 s) is closed with 4401, though a token stand in the address; whoever has "
    "signed in is not",
    hints=(
        "Who ends a socket on which nothing happens?",
        "Something must wait beside the consumer: a task. Look at what becomes of it when the first message comes.",
        "asyncio.create_task of a coroutine that sleeps and then closes; kept on self, and cancelled as soon as she is signed in.",
    ),
)
def in_time(answer):
    async def silent(tab, call):
        began = time.monotonic()
        happened = await tab.happens(WITHIN + 2)
        took = time.monotonic() - began
        if happened != ("closed", NOT_SIGNED_IN) or took < WITHIN / 2:
            after = f", after {took:.1f} s" if happened[0] == "closed" else ""
            step = "Nobody waits for ever, and nobody is thrown out at once."
            reject(
                call,
                f"{told(happened)}{after}",
                f"closed with 4401, after {WITHIN} s",
                crashed(happened) or step,
            )

    async def signed_in(tab, call):
        is_told(await tab.happens(), call)
        happened = await tab.happens(WITHIN + 1)
        if happened[0] not in ("nothing", "message"):
            reject(
                f"{call}, {WITHIN + 1} s later",
                told(happened),
                "a socket that is open",
                crashed(happened) or "She said who she is in time: what of that which still waits?",
            )

    async def late(tab, token, call):
        await asyncio.sleep(WITHIN / 2)
        await tab.say({"token": token})
        is_told(await tab.happens(), call)

    async def scene(held, visit, serving):
        token = held.token()
        await asyncio.gather(
            silent(await visit(held.address), "a browser that says nothing"),
            silent(
                await visit(f"{held.address}?token={token}"),
                "a browser with its token in the address, that says nothing",
            ),
            signed_in(
                await visit(held.address, {"token": token}), "Ann's browser, which says her token at once"
            ),
            late(
                await visit(held.address),
                token,
                f"Ann's browser, which says her token after {WITHIN / 2:g} s",
            ),
        )

    visits(answer, scene)


def is_closed(happened: tuple, code: int, call: str, step: str) -> None:
    if happened != ("closed", code):
        reject(call, told(happened), f"closed with {code}, and nothing told", crashed(happened) or step)


@let_in.requirement(
    "R3",
    "a token that proves nothing is 4401; a first message that is no JSON object with a text under `token` is 4400",
    hints=(
        "What comes from a browser that is not yours, and was written by somebody who wants to see what breaks?",
        "Look at every line before claims(): which exceptions can it raise? And does claims() take what is no text?",
        "Ask for the types: a dict, and a str in it. What claims() raises is BadSignature. Mind messages of bytes.",
    ),
)
def proves_nothing(answer):
    async def scene(held, visit, serving):
        good = held.token()
        forged = good[:-1] + ("A" if good[-1] != "A" else "B")
        another = held.token(held.eve)
        swapped = another.rpartition(":")[0] + ":" + good.rpartition(":")[2]
        for what, token in {
            "no token at all": "",
            "a word": "swordfish",
            "a token with another signature": forged,
            "a token signed for something else": held.token(salt="password reset"),
            "what one token says, with the signature of another": swapped,
        }.items():
            tab = await visit(held.address, {"token": token})
            is_closed(
                await tab.happens(), NOT_SIGNED_IN, f"a browser that says {what}", "Nobody has signed this."
            )
        for said in ("", "{", "hello", good, "null", "[]", json.dumps([good]), json.dumps(good), "7", "{}", '{"token": null}',
                     '{"token": 7}', json.dumps({"token": [good]}), json.dumps({"Token": good}), b"\x00\xff",
                     json.dumps({"token": good}).encode()):  # fmt: skip
            tab = await visit(held.address, said)
            shorter = said.replace(good, "TOKEN") if isinstance(said, str) else said[:12]
            call = f"a browser whose first message is {shown(shorter) or 'empty'}"
            step = "Say that you do not understand, rather than crash, or wait."
            is_closed(await tab.happens(), NOT_UNDERSTOOD, call, step)

    visits(answer, scene)


@let_in.requirement(
    "R4",
    "somebody else's hold is 4403, and so is one that there is not, or nobody's; nothing of it is told",
    hints=(
        "Eve's token is good. Does that make Ann's hold hers?",
        "Look at your query: what of the token is in it? And whether one could tell a hold that is not there from one that is.",
        "Look the hold up by its reference and its buyer in one query; none found is 4403, whatever the reason.",
    ),
)
def not_yours(answer):
    async def scene(held, visit, serving):
        for what, reference, whose in (
            ("Eve's browser, at Ann's hold", held.hold.reference, held.eve),
            ("Ann's browser, at a hold that there is not", uuid.uuid4(), held.ann),
            ("Ann's browser, at a hold without a buyer", held.orphan.reference, held.ann),
        ):
            tab = await visit(held.of(reference), {"token": held.token(whose)})
            step = "A good signature says who it is, not what she may see."
            is_closed(await tab.happens(), NOT_YOURS, what, step)

    visits(answer, scene)


@let_in.requirement(
    "R5",
    "a token that has ended is 4410; and when the token of an open socket ends, that is closed with 4410, then and not before",
    hints=(
        "You look at a token once. Until when is what you saw true?",
        "`exp` stands in what claims() gives, in seconds of time.time(). Look at what you do with it after you have signed her in.",
        "If exp is over: 4410. Else a second task, that sleeps for what is left of it and closes then.",
    ),
)
def token_over(answer):
    async def ends_then(tab, seconds, call, talks=False):
        began = time.monotonic()
        is_told(await tab.happens(), call)
        if talks:
            await tab.say({"action": "anything"})
        happened = await tab.happens(seconds + 2)
        took = time.monotonic() - began
        if happened != ("closed", TOKEN_OVER) or took < seconds - 0.6:
            after = f", after {took:.1f} s" if happened[0] == "closed" else ""
            step = "What proved who she is proves it no more: she has to come back with a new one."
            reject(
                call,
                f"{told(happened)}{after}",
                f"closed with 4410, after {seconds:g} s",
                crashed(happened) or step,
            )

    async def scene(held, visit, serving):
        for seconds in (-1, -3600):
            tab = await visit(held.address, {"token": held.token(seconds=seconds)})
            call = f"a token that ended {-seconds} s ago"
            is_closed(await tab.happens(), TOKEN_OVER, call, "Its signature is right, and always will be.")
        tab = await visit(held.address, {"token": held.token(held.eve, seconds=-1)})
        happened = await tab.happens()
        if happened not in (("closed", TOKEN_OVER), ("closed", NOT_YOURS)):
            reject(
                "Eve's token, ended 1 s ago, at Ann's hold",
                told(happened),
                "closed with 4410",
                "It has ended.",
            )
        tabs = [(await visit(held.address, {"token": held.token(seconds=s)}), s) for s in (1.2, 2.6)]
        await asyncio.gather(
            *(ends_then(tab, s, f"an open socket, with a token that ends after {s:g} s") for tab, s in tabs)
        )

    visits(answer, scene)


@let_in.requirement(
    "R6",
    "no token is logged or printed; and once a socket is closed, nothing of yours goes on waiting for it",
    hints=(
        "Who can read your logs, and for how long is what stands in them still good?",
        "Look at what you log when a token is refused; and at the tasks that you made, after the browser has gone.",
        "In disconnect: cancel every task that is left. In logs: who, and why, but never with what.",
    ),
)
def no_trace(answer):
    async def scene(held, visit, serving):
        await asyncio.sleep(0.05)
        before = serving.open_tasks()
        tokens = [held.token(), held.token(seconds=-1), held.token(held.eve), f"{held.token()}x"]
        tabs = [await visit(held.address, {"token": token}) for token in tokens]
        tabs += [await visit(held.address, "{")]
        for tab in tabs:
            await tab.happens(1)
        tabs += [await visit(held.address)]  # and goes at once
        await asyncio.gather(*(tab.leave() for tab in tabs))
        deadline = time.monotonic() + 1
        while serving.open_tasks() > before and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        if (left := serving.open_tasks() - before) > 0:
            reject(
                f"{len(tabs)} sockets, opened and closed again",
                f"{left} task{'s' * (left != 1)} that still wait{'s' * (left == 1)} in the event loop",
                "none",
                "A browser that comes and goes all day leaves one each time, and each keeps its consumer alive.",
            )
        said = "\n".join(serving.logged) + sys.stdout.getvalue()
        for token, whose in zip(
            tokens,
            ("Ann's token", "one that has ended", "Eve's token", "one that proves nothing"),
            strict=True,
        ):
            if token in said:
                line = next(line for line in said.splitlines() if token in line)
                reject(
                    f"a browser that says {whose}",
                    f"in the log: {shown(line.replace(token, 'TOKEN'))}",
                    "no token in any log",
                    "Whoever reads the log could be her. Log who, and why.",
                )

    visits(answer, scene)


# 11.5 --------------------------------------------------------------------------------------------

slow = Exercise(
    number="11.5",
    title="One slow reader",
    kind="find",
    minutes=15,
    core=False,
    provides=("Ping", "Countdown", "Title", "Sold"),
    limit=15,
    review="One answer takes any thread of a pool, the other gives each socket a thread of its own. A thousand browsers ask at "
    "once: how many connections does your database see with each, and who waits?",
)

WORK = 0.3  # seconds that each statement takes
MOST = 0.1  # seconds that anybody else may wait: a third of it
TRIES = 3  # on a busy machine one may be unlucky
KINDS = ("Ping", "Countdown", "Title", "Sold")


class Database:
    """A slow one: what it was asked, and which connections were made to it."""

    def __init__(self, *seconds: float):
        self.seconds, self.asked, self.made, self.on = list(seconds), [], [], True

    def pause(self, execute, sql, params, many, context):
        if self.on:
            self.asked.append(sql)
            time.sleep(self.seconds.pop(0) if self.seconds else WORK)
        return execute(sql, params, many, context)

    def connected(self, connection, **_):
        if connection not in self.made:
            self.made.append(connection)
            connection.execute_wrappers.append(self.pause)

    def open_connections(self) -> int:
        return sum(connection.connection is not None for connection in self.made)


@contextmanager
def slow_database(*seconds: float):
    """Every statement on a connection that is made from now on takes so long: these, and then WORK each."""
    from django.db.backends.signals import connection_created

    database = Database(*seconds)
    connection_created.connect(database.connected)
    try:
        yield database
    finally:
        connection_created.disconnect(database.connected)
        database.on = False


def on_four(answer, scene, *seconds: float) -> None:
    """Run scene(open, database, events), where open("Ping") is a socket on that consumer."""
    for name in KINDS:
        a_consumer(getattr(answer, name), name)
    events = [event(1, bands=2), event(2, bands=3)]
    numbers = [each.pk for each in events]

    async def play_it(serving, database):
        tabs = []

        async def open_one(kind):
            tab = Browser(serving, f"/live/{kind.lower()}")
            happened = await tab.open()
            if happened != ("accepted", None):
                reject(
                    f"a browser that opens {kind}",
                    told(happened),
                    "accepted",
                    crashed(happened) or "It was, before.",
                )
            tabs.append(tab)
            return tab

        try:
            await scene(open_one, database, numbers)
        finally:
            await asyncio.gather(*(tab.leave() for tab in tabs), return_exceptions=True)

    routes = {f"live/{kind.lower()}": getattr(answer, kind) for kind in KINDS}
    forget_threads()
    with slow_database(*seconds) as database, served(routes) as serving:
        asyncio.run(play_it(serving, database))
    forget_threads()


def forget_threads() -> None:
    """Close the connection of the one thread that Django's async code shares."""
    from asgiref.sync import sync_to_async
    from django.db import connections

    async def close():
        await sync_to_async(connections.close_all)()

    asyncio.run(close())


QUESTIONS = {
    "Ping": ({"ping": 7}, [{"pong": 7}]),
    "Countdown": ({"from": 2}, [{"left": 2}, {"left": 1}, {"left": 0}]),
}


def question(kind: str, number: int, which: int) -> tuple[dict, list[dict]]:
    """(what is asked, what is answered) for one of the two events."""
    if kind in QUESTIONS:
        return QUESTIONS[kind]
    answer = {"title": f"Evening {which}"} if kind == "Title" else {"sold": 0, "bands": which + 1}
    return {"event": number}, [answer]


async def answers(tab, kind: str, asked: dict, right: list[dict], when: str = "") -> None:
    for each in right:
        happened = await tab.happens()
        if happened != ("message", each):
            step = "All four answer what they answered; only when may change."
            reject(
                f"{kind}, asked {shown(asked)}{when}", told(happened), shown(each), crashed(happened) or step
            )


async def busy(tab, kind: str, number: int, beside) -> float:
    """Have it work, and meanwhile watch: the longest that `beside` had somebody wait."""
    asked, right = question(kind, number, 1)
    await tab.say(asked)
    working = asyncio.create_task(answers(tab, kind, asked, right))
    await asyncio.sleep(0.03)
    longest = await beside(working)
    await working
    return longest


def best_of(watch) -> float:
    """The best of several tries: a wrong answer is slow in each."""

    async def tried():
        best = None
        for _ in range(TRIES):
            took = await watch()
            best = took if best is None else min(best, took)
            if best < MOST:
                break
        return best

    return tried()


@slow.requirement(
    "R1",
    "while Sold or Title waits for the database (300 ms), Countdown goes on: no tick comes more than 100 ms late",
    hints=(
        "A queryset is a plan. In whose thread is it carried out?",
        "Look at each line between two awaits: which of them touches the database? Somebody set DJANGO_ALLOW_ASYNC_UNSAFE here, so "
        "Django does not say.",
        "What goes into a thread must come back as data: list(…), or a sum, within the function that the thread runs.",
    ),
)
def ticks(answer):
    async def scene(open_one, database, numbers):
        for kind in ("Sold", "Title"):

            async def watch(kind=kind):
                countdown, worker = await open_one("Countdown"), await open_one(kind)
                await countdown.say({"from": 60})
                await countdown.happens()

                async def gaps(working):
                    longest, last = 0.0, time.monotonic()
                    while not working.done():
                        await countdown.happens(1)
                        now = time.monotonic()
                        longest, last = max(longest, now - last - 0.02), now
                    return longest

                took = await busy(worker, kind, numbers[0], gaps)
                await asyncio.gather(countdown.leave(), worker.leave())
                return took

            took = await best_of(watch)
            if took >= MOST:
                reject(
                    f"Countdown, every 20 ms, while {kind} is at the database",
                    f"a tick that is {took * 1000:.0f} ms late",
                    f"less than {MOST * 1000:.0f} ms",
                    "The event loop stood still: something waits for the database in the loop itself.",
                )

    on_four(answer, scene)


@slow.requirement(
    "R2",
    "and so does Ping: an answer on another socket comes within 100 ms",
    hints=(
        "The loop is free, and a ping still waits. For what does Channels wait before it calls your method?",
        "Look into channels.consumer.AsyncConsumer.dispatch, and at what sync_to_async does when thread_sensitive is left as it is: "
        "how many threads are there?",
        "thread_sensitive=False for what takes long (and the async ORM is thread-sensitive, too); or a thread for each "
        "socket, by asgiref's ThreadSensitiveContext.",
    ),
)
def pings(answer):
    async def scene(open_one, database, numbers):
        for kind in ("Sold", "Title"):

            async def watch(kind=kind):
                ping, worker = await open_one("Ping"), await open_one(kind)

                async def waits(working):
                    longest = 0.0
                    while not working.done():
                        began = time.monotonic()
                        await ping.say({"ping": 1})
                        happened = await ping.happens()
                        if happened != ("message", {"pong": 1}):
                            reject(
                                "Ping, asked {'ping': 1}",
                                told(happened),
                                '{"pong": 1}',
                                crashed(happened) or "It only answers.",
                            )
                        longest = max(longest, time.monotonic() - began)
                        await asyncio.sleep(0.01)
                    return longest

                took = await busy(worker, kind, numbers[0], waits)
                await asyncio.gather(ping.leave(), worker.leave())
                return took

            took = await best_of(watch)
            if took >= MOST:
                reject(
                    f"Ping, while {kind} is at the database on another socket",
                    f"an answer after {took * 1000:.0f} ms",
                    f"less than {MOST * 1000:.0f} ms",
                    "If the loop is free (R1), it waits for a thread: Channels goes through Django's one and only "
                    "before each message, and that one is at the database.",
                )

    on_four(answer, scene)


@slow.requirement(
    "R3",
    "all four answer what they did; Sold and Title ask the database once with each question, and not before",
    hints=(
        "A seat is sold between two questions. What does Sold say?",
        "Look at whether anything is remembered, or asked when the socket opens, or asked once more for each band.",
        "The queries stay as they are; only the thread that carries them out changes.",
    ),
)
def as_before(answer):
    async def scene(open_one, database, numbers):
        for kind in KINDS:
            tab = await open_one(kind)
            for which, number in enumerate(numbers, 1):
                asked, right = question(kind, number, which)
                before = len(database.asked)
                await tab.say(asked)
                await answers(tab, kind, asked, right)
                made = len(database.asked) - before
                wanted = 1 if kind in ("Title", "Sold") else 0
                if made != wanted:
                    reject(
                        f"{kind}, asked {shown(asked)}",
                        f"{made} queries",
                        str(wanted),
                        "Only the thread is to change.",
                    )
        again = await open_one("Sold")
        asked, right = question("Sold", numbers[0], 1)
        await again.say(asked)
        await answers(again, "Sold", asked, right)
        await asyncio.to_thread(sold_elsewhere, numbers[0], 4)
        await again.say(asked)
        sold = [{"sold": 8, "bands": 2}]
        await answers(again, "Sold", asked, sold, " once more, after 4 seats of each of its bands were sold")

    on_four(answer, scene, *[0.0] * 20)


def sold_elsewhere(number: int, seats: int) -> None:
    from django.db import connections

    from monolith.inventory.models import Allotment

    Allotment.objects.filter(band__event=number).update(sold=seats)
    connections.close_all()


@slow.requirement(
    "R4",
    "two questions on one socket are answered in their order, though the first take longer",
    hints=(
        "Who waits for the work that you started and did not await?",
        "Look for create_task, gather, or a thread that sends by itself.",
        "await it, within the method that was asked: other sockets go on meanwhile, this one has its turn after that.",
    ),
)
def in_turn(answer):
    async def scene(open_one, database, numbers):
        for kind in ("Sold", "Title"):
            database.seconds[:] = [0.25, 0.0]
            tab = await open_one(kind)
            for which, number in enumerate(numbers, 1):
                await tab.say(question(kind, number, which)[0])
            for which, number in enumerate(numbers, 1):
                asked, right = question(kind, number, which)
                happened = await tab.happens()
                if happened != ("message", right[0]):
                    reject(
                        f"{kind}, asked of event {numbers[0]} and at once of event {numbers[1]}, which is faster",
                        f"as answer number {which} {told(happened)}",
                        shown(right[0]),
                        crashed(happened)
                        or "The answers carry no event: their order is all that a browser has.",
                    )

    on_four(answer, scene)


@slow.requirement(
    "R5",
    "once all sockets are closed, no connection to the database is open",
    hints=(
        "Each thread has a connection of its own. Who closes it?",
        "Look at what database_sync_to_async does that sync_to_async and asyncio.to_thread do not.",
        "channels.db has a version for threads that closes old connections on its way in and out; it takes thread_sensitive, too.",
    ),
)
def closed_again(answer):
    async def scene(open_one, database, numbers):
        kinds = ("Sold", "Title", "Sold", "Title")
        tabs = [await open_one(kind) for kind in kinds]
        for tab, kind in zip(tabs, kinds, strict=True):
            await tab.say(question(kind, numbers[0], 1)[0])
        for tab, kind in zip(tabs, kinds, strict=True):
            await answers(tab, kind, *question(kind, numbers[0], 1))
        await asyncio.gather(*(tab.leave() for tab in tabs))
        deadline = time.monotonic() + 1
        while database.open_connections() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        if left := database.open_connections():
            reject(
                "Sold and Title, two sockets each, asked and closed",
                f"{left} connection{'s' * (left != 1)} still open",
                "none",
                "A pool's threads live as long as the process, and so do their connections: PostgreSQL has a hundred.",
            )

    on_four(answer, scene, *[0.05] * 8)

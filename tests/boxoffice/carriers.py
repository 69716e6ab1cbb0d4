"""A publisher, a relay and a listener as children of this process, each to be killed at any moment, and started anew.

Run inside a service's environment (Stack.inside): `carry(flags)` goes on until somebody writes `OVER` into the file of
flags, then waits until everything has arrived. A flag says of each child whether it is in the middle of its work.
"""

import os
import signal
import time
from decimal import Decimal

from django.db import connections
from inflight import CHILDREN, Flags

from boxoffice.chassis.databases import atomic
from boxoffice.contexts.orders.events import outbox
from boxoffice.contexts.orders.models import Order
from boxoffice.contexts.orders.services import news_of
from boxoffice.services import messages
from boxoffice.services.rounds import go_round

LONGEST = 800  # seconds, of the whole


def watched(owner, name: str, flags: Flags, child: str, ends: bool) -> None:
    """While `name` runs, the flag of `child` is up; it stays up afterwards unless the work `ends` with it."""
    real = getattr(owner, name)

    def call(*args, **named):
        if not ends:
            flags.busy(child, 1)
            return real(*args, **named)
        answer = real(*args, **named)
        flags.busy(child, 0)
        return answer

    setattr(owner, name, call)


def publish(flags: Flags) -> None:
    """Orders, each paid in one transaction with the message that says so."""
    number = 0
    while not flags.over:
        number += 1
        with atomic(Order):
            flags.busy("publisher", 1)
            order = Order.objects.create(
                number=f"{os.getpid()}-{number}",
                buyer_id=1,
                buyer_name="Ada Birch",
                buyer_email="ada@example.org",
                total=Decimal("20.00"),
                state="paid",
            )
            outbox.tell("order.paid", news_of(order))
        flags.busy("publisher", 0)
        time.sleep(0.01)


def relay(flags: Flags) -> None:
    (it,) = (one for one in messages.relays() if one.outbox.context == "orders")
    watched(it.redis, "xadd", flags, "relay", ends=False)
    watched(it.redis, "xdel", flags, "relay", ends=False)
    watched(it, "round", flags, "relay", ends=True)
    go_round("relay", it.round, 0.01)


def listen(flags: Flags) -> None:
    (it,) = messages.readers(f"listener-{os.getpid()}")
    it.patience = 0.3  # so that what a dead one left is taken over while we watch
    watched(it, "_one", flags, "listener", ends=False)
    watched(it.redis, "xack", flags, "listener", ends=True)
    go_round("listen", lambda: it.round(0.2), 0.01)


WORK = {"publisher": publish, "relay": relay, "listener": listen}


def carry(path: str) -> dict:
    """Children at work until it is over; how often each was started."""
    flags, started, children = Flags(path), dict.fromkeys(CHILDREN, 0), {}
    until = time.monotonic() + LONGEST
    connections.close_all()
    try:
        while not (flags.over and quiet()):
            if time.monotonic() > until:
                raise TimeoutError("messages are still on their way")
            for child in CHILDREN:
                if child not in children.values() and not (flags.over and child == "publisher"):
                    children[begin(child, flags)] = child
                    started[child] += 1
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                children.pop(ended[0])
                if not children:
                    break
            time.sleep(0.002)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return started


def begin(child: str, flags: Flags) -> int:
    flags.busy(child, 0)
    pid = os.fork()
    if not pid:
        try:
            WORK[child](flags)
        finally:
            os._exit(0)
    flags.pid(child, pid)
    return pid


def quiet() -> bool:
    """Whether nothing is on its way any more. Asked of the database, over a connection that no child inherits."""
    left = outbox.model.objects.exists()
    connections.close_all()
    return not left

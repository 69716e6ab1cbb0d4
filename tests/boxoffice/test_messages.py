"""Messages on a real Redis and PostgreSQL: whoever dies, and whenever, none is lost, and none acted on twice."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
import redis as redis_client
from inflight import CHILDREN, SIZE, Flags

from lab import LabError, Stack
from lab.buyers import Buyer

pytestmark = pytest.mark.usefixtures("needs_redis")
HERE = Path(__file__).resolve().parent
KILLS = 200
LONGEST_WORK = 0.003  # seconds
VICTIMS = (*CHILDREN, "redis")

CARRY = """
import carriers

started = carriers.carry({path!r})
"""

COUNT = """
from collections import Counter
from boxoffice.contexts.notifications.models import DeadLetter, InboxMessage, Notification
from boxoffice.contexts.orders.models import Order, OutboxMessage

orders = {order.number for order in Order.objects.all()}
told = Counter(one.subject.removeprefix("Your tickets: order ") for one in Notification.objects.all())
lost = len(orders - told.keys())
phantoms = len(told.keys() - orders)
doubled = sum(number > 1 for number in told.values())
paid, inbox, left, dead = len(orders), InboxMessage.objects.count(), OutboxMessage.objects.count(), DeadLetter.objects.count()
"""
COUNTED = ["paid", "lost", "phantoms", "doubled", "inbox", "left", "dead"]


def kill(stack, flags, victim: str) -> bool:
    """kill -9 in the middle of its work; whether it was still at it when it died."""
    watched = ("relay", "listener") if victim == "redis" else (victim,)
    deadline = time.monotonic() + 30
    while not any(flags.busy(child) for child in watched):
        assert time.monotonic() < deadline, f"{victim} had nothing to do for half a minute"
    # at its beginning, in its middle, or at its end
    later = time.perf_counter() + random.uniform(0, LONGEST_WORK)
    while time.perf_counter() < later:
        pass
    if not any(flags.busy(child) for child in watched):
        return False
    pid = stack.backend.pids["redis"] if victim == "redis" else flags.pid(victim)
    os.kill(pid, signal.SIGKILL)
    hit = any(flags.busy(child) for child in watched)
    if victim == "redis":
        while stack.backend.alive("redis"):
            time.sleep(0.001)
        stack.start("redis")
    else:
        while flags.pid(victim) == pid:
            assert time.monotonic() < deadline, f"{victim} was not started anew"
            time.sleep(0.001)
    return hit


def test_whoever_is_killed_no_message_is_lost_and_none_acted_on_twice(tmp_path):
    path = tmp_path / "flags"
    path.write_bytes(bytes(SIZE))
    flags = Flags(str(path))
    with Stack(arrangement="monolith", redis=True, seed=False, name="of the messages") as stack:
        found = {}

        def carry() -> None:
            env = {
                "PYTHONPATH": os.pathsep.join(
                    [str(HERE), os.environ.get("PYTHONPATH", ""), str(HERE.parents[1] / "code")]
                )
            }
            found["ran"] = stack.inside("web", CARRY.format(path=str(path)), ["started"], 900, env)

        carrier = threading.Thread(target=carry)
        carrier.start()
        hits = dict.fromkeys(VICTIMS, 0)
        try:
            while sum(hits.values()) < KILLS:
                victim = min(hits, key=hits.get)
                hits[victim] += kill(stack, flags, victim)
        finally:
            flags.end()
            carrier.join()
        assert found["ran"].error is None, found["ran"].error
        counted = stack.inside("web", COUNT, COUNTED).values
        print(hits, found["ran"].values, counted)
        assert counted["paid"] > KILLS
        assert counted == {
            **dict.fromkeys(("lost", "phantoms", "doubled", "left", "dead"), 0),
            "paid": counted["paid"],
            "inbox": counted["paid"],
        }
        assert min(found["ran"].values["started"].values()) > KILLS / len(VICTIMS)
        server = redis_client.Redis.from_url(stack.env["web"]["REDIS_URL"])
        assert server.xpending("boxoffice:orders", "notifications")["pending"] == 0


# the processes that the lab starts for it

TOLD = "from boxoffice.contexts.notifications.models import Notification\ntold = Notification.objects.count()"


def told(stack, number: int) -> bool:
    """Whether that many notifications are there before long."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if stack.inside("notifications", TOLD, ["told"]).values["told"] == number:
            return True
    return False


def test_buyers_are_told_in_the_end_whichever_carrier_was_dead_meanwhile():
    with Stack(arrangement="split", events=True, name="with events") as stack:
        assert stack.names[-4:] == [
            "orders-relay",
            "notifications-listen",
            "notifications-work",
            "notifications-live",
        ]
        buyer = Buyer(stack.front, "buyer001@example.org").log_in()
        before = stack.inside("notifications", TOLD, ["told"]).values["told"]
        for number, dead in enumerate(
            ("nobody", "orders-relay", "notifications-listen", "notifications", "redis"), 1
        ):
            if dead != "nobody":
                stack.kill(dead)
            assert buyer.pay(buyer.hold("the-last-lamplighter")), dead
            if dead != "nobody":
                stack.start(dead)
            assert told(stack, before + number), dead
        calls = stack.calls()
        assert calls.get(("orders", "notifications"), 0) == 0
        callees = list(dict.fromkeys(callee for _, callee in calls))
        assert callees == [one.name for one in stack.wanted if one.name in callees]
        with pytest.raises(LabError, match="orders-relay answers nobody"):
            stack.url("orders-relay")


def test_events_and_redis_are_there_where_they_were_asked_for():
    with pytest.raises(LabError, match="events are the box office's"):
        Stack("monolith", events=True)
    with Stack("provider") as stack, pytest.raises(LabError, match="the lab has started no Redis"):
        stack.kill("redis")

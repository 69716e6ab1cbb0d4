"""Many at once, on PostgreSQL: row locks are tried where there are some.

The crowd runs in a process of its own, against a server of the lab's own; this module is also its program.
"""

import json
import os
import subprocess
import sys
import threading
from collections import Counter

import pytest

PEOPLE, SEATS = 24, 10


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the crowd found: a few numbers."""
    from boxoffice.chassis.settings import BOXOFFICE
    from lab.errors import NotHere
    from lab.processes import Processes

    try:
        server = Processes("postgres")
        url = server.database("crowd")
    except NotHere as problem:
        pytest.skip(str(problem))
    try:
        env = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(BOXOFFICE.parent)}
        command = [sys.executable, "-m", "boxoffice.tests.test_crowd"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        yield json.loads(done.stdout.splitlines()[-1])
    finally:
        server.close()


def test_a_crowd_never_holds_more_seats_than_there_are(told):
    assert told["holds"] == {"held": SEATS, "SoldOut": PEOPLE - SEATS}
    assert told["held"] == SEATS


def test_a_crowd_that_pays_for_one_hold_is_charged_once(told):
    """Each is told that it is paid, or that it is being paid for at this moment."""
    assert told["pays"].get("paid", 0) >= 1
    assert told["pays"].keys() <= {"paid", "PaymentFailed"}
    assert sum(told["pays"].values()) == PEOPLE
    assert (told["orders"], told["captured"], told["sold"]) == (1, 1, 1)


def test_a_crowd_that_cancels_one_order_is_refunded_once(told):
    assert told["cancels"].get("refunded", 0) >= 1
    assert (told["after"]["state"], told["after"]["sold"], told["after"]["captured"]) == ("refunded", 0, 0)
    assert told["after"]["news"] == 2  # paid, and refunded


def test_buyers_organisers_and_the_reconciler_wait_for_each_other_and_not_for_ever(told):
    """Withdrawals, capacities, holds, payments and reconciliation of the same bands in different orders."""
    assert told["mixed"]["crashed"] == []
    assert told["mixed"]["paid"] >= 3
    assert told["mixed"]["oversold"] == 0
    assert told["mixed"]["unbalanced"] == []


def crowd(act, number: int = PEOPLE) -> Counter:
    """That many call `act(number)` at once; what came of it, counted: a word, or an exception's name."""
    from django.db import connections

    from boxoffice.chassis.errors import FacadeError

    met, ready = Counter(), threading.Barrier(number)

    def one(which):
        ready.wait()
        try:
            met[act(which)] += 1
        except FacadeError as problem:
            met[type(problem).__name__] += 1
        except Exception as problem:
            met[f"crash: {problem!r}"] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return met


def main() -> dict:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "boxoffice.services.web.settings"
    django.setup()
    from datetime import timedelta

    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    import requests

    from boxoffice.contexts.inventory import services as inventory
    from boxoffice.contexts.inventory.models import Allotment, Hold
    from boxoffice.contexts.notifications.models import Notification
    from boxoffice.contexts.orders import services as orders
    from boxoffice.contexts.orders.models import Order
    from boxoffice.tests import world
    from boxoffice.tests.line import Line

    line = Line()
    requests.Session.get_adapter = lambda session, url: line
    people = [world.actor() for _ in range(PEOPLE)]
    found = {}

    band = world.band(SEATS)

    def holds(which):
        orders.place_hold(actor=people[which], band_id=band.pk, quantity=1)
        return "held"

    found["holds"], found["held"] = crowd(holds), world.held(band.pk)

    mine = Hold.objects.filter(band_id=band.pk).first()
    ada = next(one for one in people if one.id == mine.buyer_id)
    found["pays"] = crowd(lambda _: orders.pay(actor=ada, reference=mine.reference).state)
    found |= {
        "orders": Order.objects.count(),
        "captured": len(line.captured()),
        "sold": world.seats(band.pk)[0],
    }
    number = Order.objects.get().number
    found["cancels"] = crowd(lambda _: orders.cancel(actor=ada, number=number).state)
    found["after"] = {
        "state": Order.objects.get().state,
        "sold": world.seats(band.pk)[0],
        "captured": len(line.captured()),
        "news": Notification.objects.filter(recipient_id=ada.id).count(),
    }

    bands = [world.band(3).pk for _ in range(2)]

    def mixed(which):
        if which % 6 == 4:
            inventory.withdraw(bands if which % 4 else bands[::-1])
        elif which % 6 == 5:
            orders.reconcile(timedelta(0))
        for band_id in bands if which % 2 else bands[::-1]:
            inventory.set_capacity(band_id, 3)
            hold = inventory.place_hold(actor=people[which], band_id=band_id, quantity=1)
            order = orders.pay(actor=people[which], reference=hold.reference)
            if which % 3 == 0:
                orders.cancel(actor=people[which], number=order.number)
        return "done"

    met = crowd(mixed)
    Order.objects.update(attempt_ends_at=None, attempt=None)
    orders.reconcile(timedelta(0))
    paid = Order.objects.filter(state="paid")
    consumed = Counter()
    for hold in Hold.objects.filter(state="consumed"):
        consumed[hold.band_id] += hold.quantity
    found["mixed"] = {
        "paid": paid.count(),
        "crashed": [what for what in met if what.startswith("crash")],
        "oversold": sum(max(0, one.sold - one.capacity) for one in Allotment.objects.all()),
        "unbalanced": [one.band_id for one in Allotment.objects.all() if one.sold != consumed[one.band_id]]
        + sorted(set(paid.values_list("hold_reference", flat=True).distinct()) ^ {
            one.reference for one in Hold.objects.filter(state="consumed")
        }, key=str)
        + sorted({order.payment_key for order in paid} ^ {charge["key"] for charge in line.captured()}),
    }  # fmt: skip
    return found


if __name__ == "__main__":
    print(json.dumps(main(), default=str))

"""Buyers at a real box office: one alone, and all at once."""

import re
import threading
import time
from collections import Counter

import pytest
import requests

from lab import Stack, stack
from lab.buyers import Buyer, Crowd, rush

SOLD_OUT, ON_SALE = "an-evening-of-unfinished-symphonies", "the-clockmakers-daughter"
NO_FAULT = {"mode": "ok"}


@pytest.fixture(scope="module")
def office():
    """The one box office of these tests. The lab forgets its name, or each test would end it."""
    running = Stack("monolith", database="sqlite", name="of the buyers")
    del stack._running[running.name]
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def in_order(office):
    """Whatever a test did to the services: none of it is left for the next."""
    yield
    office.faults("monolith")
    requests.put(office.url("provider") + "/faults", json=NO_FAULT, timeout=10).raise_for_status()


@pytest.fixture
def buyer(office):
    return Buyer(office.url("monolith"), "buyer001@example.org").log_in()


ORM = """
from monolith.catalog.models import Event, PriceBand, Venue
from monolith.inventory.models import Allotment, Hold
from monolith.orders.models import Order
"""


def orm(office, source: str, *names: str) -> dict:
    ran = office.inside("monolith", ORM + source, names)
    assert ran.error is None, ran.error
    return ran.values


def new_event(office, slug: str, *seats: int) -> str:
    """An event with so many seats in each of its price bands."""
    orm(
        office,
        f"""
from datetime import timedelta
from django.utils import timezone
event = Event.objects.create(
    venue=Venue.objects.first(), title={slug!r}, slug={slug!r}, starts_at=timezone.now() + timedelta(days=9)
)
for position, capacity in enumerate({seats!r}, 1):
    band = PriceBand.objects.create(event=event, name=f"Band {{position}}", price=10, position=position)
    Allotment.objects.create(band=band, capacity=capacity)
""",
    )
    return slug


def sold(office, slug: str) -> dict:
    """What the database knows of an event's sales: seats by band, paid orders, held seats."""
    return orm(
        office,
        f"""
bands = PriceBand.objects.filter(event__slug={slug!r}).order_by("position")
seats = list(Allotment.objects.filter(band__in=bands).order_by("band__position").values_list("sold", flat=True))
orders = Order.objects.filter(lines__band__in=bands, state="paid").count()
held = sum(Hold.objects.filter(band__in=bands, state="active").values_list("quantity", flat=True))
""",
        "seats",
        "orders",
        "held",
    )


def charges(office) -> int:
    return len(requests.get(office.url("provider") + "/ledger", timeout=10).json()["charges"])


# one alone


def test_a_buyer_logs_in_and_stays_logged_in_in_a_session_of_their_own(office, buyer):
    other = Buyer(office.url("monolith"), "buyer002@example.org")
    assert buyer.get("/orders/").url == office.url("monolith") + "/orders/"
    assert "/accounts/login/" in other.get("/orders/").url
    assert other.log_in() is other
    assert other.session.cookies["sessionid"] != buyer.session.cookies["sessionid"]


@pytest.mark.parametrize(
    ("email", "password"), [("buyer001@example.org", "wrong"), ("nobody@example.org", "curtain-call")]
)
def test_a_wrong_password_or_an_unknown_name_is_not_let_in(office, email, password):
    with pytest.raises(RuntimeError, match=rf"^{email} could not log in \(200\)$"):
        Buyer(office.url("monolith"), email, password).log_in()


def test_seats_are_held_and_paid_for_and_both_are_in_the_database(office, buyer):
    slug, before = new_event(office, "held-and-paid", 5), charges(office)
    checkout = buyer.hold(slug, 2)
    assert re.fullmatch(r"/checkout/[0-9a-f-]{36}/", checkout)
    assert sold(office, slug) == {"seats": [0], "orders": 0, "held": 2}
    assert buyer.pay(checkout) is True
    assert sold(office, slug) == {"seats": [2], "orders": 1, "held": 0}
    assert charges(office) == before + 1
    assert buyer.pay(checkout) is True  # it is the same order
    assert charges(office) == before + 1


def test_a_form_without_its_token_is_refused(office, buyer):
    buyer.session.cookies.set("csrftoken", None)
    assert buyer.post(f"/events/{ON_SALE}/hold/", band="1", quantity="1").status_code == 403


def test_seats_come_from_the_first_band_that_has_any(office, buyer):
    slug = new_event(office, "first-band-empty", 0, 3, 3)
    buyer.pay(buyer.hold(slug))
    assert sold(office, slug) == {"seats": [0, 1, 0], "orders": 1, "held": 0}


def test_a_sold_out_event_and_more_seats_than_are_left_are_refused(office, buyer):
    before = sold(office, SOLD_OUT)
    assert buyer.hold(SOLD_OUT) is None
    assert sold(office, SOLD_OUT) == before
    slug = new_event(office, "nearly-none", 2)
    assert buyer.hold(slug, 3) is None
    assert sold(office, slug) == {"seats": [0], "orders": 0, "held": 0}


def test_a_payment_that_is_declined_makes_no_order_and_can_be_tried_again(office, buyer):
    slug = new_event(office, "declined", 1)
    checkout = buyer.hold(slug)
    requests.put(office.url("provider") + "/faults", json={"mode": "declined"}, timeout=10).raise_for_status()
    assert buyer.pay(checkout) is False
    assert sold(office, slug) == {"seats": [0], "orders": 0, "held": 1}
    requests.put(office.url("provider") + "/faults", json=NO_FAULT, timeout=10).raise_for_status()
    assert buyer.pay(checkout) is True


def test_an_event_that_is_not_there_and_a_service_that_fails_are_errors(office, buyer):
    with pytest.raises(RuntimeError, match="the page of no-such-event shows no price bands"):
        buyer.hold("no-such-event")
    checkout = buyer.hold(new_event(office, "failing", 2))
    get = buyer.get

    def get_and_then_break(path: str):
        page = get(path)
        office.faults("monolith", error_rate=1)
        return page

    buyer.get = get_and_then_break
    with pytest.raises(RuntimeError, match=r"^buyer001@example.org: 503 from the hold$"):
        buyer.hold("failing")
    with pytest.raises(RuntimeError, match=r"^buyer001@example.org: 503 from the payment$"):
        buyer.pay(checkout)


# all at once


def emails(first: int, number: int) -> list[str]:
    return [f"buyer{one:03}@example.org" for one in range(first, first + number)]


def test_in_a_rush_as_many_pay_as_there_are_seats_and_the_others_are_refused(office):
    slug = new_event(office, "three-seats", 3)
    assert rush(office.url("monolith"), slug, emails(10, 6)) == {"paid": 3, "refused": 3, "error": 0}
    assert sold(office, slug) == {"seats": [3], "orders": 3, "held": 0}


def test_in_a_rush_everybody_wants_so_many_seats(office):
    slug = new_event(office, "in-pairs", 5)
    assert rush(office.url("monolith"), slug, emails(20, 3), quantity=2) == {
        "paid": 2,
        "refused": 1,
        "error": 0,
    }
    assert sold(office, slug) == {"seats": [4], "orders": 2, "held": 0}


def test_in_a_rush_all_are_logged_in_before_they_go_and_then_go_at_once(office, monkeypatch):
    """None of them holds seats until all are about to: were they to go in turns, the first would wait in vain."""
    steps, all_there = [], threading.Barrier(4, timeout=10)
    log_in, hold = Buyer.log_in, Buyer.hold

    def noted_log_in(self):
        steps.append("log in")
        return log_in(self)

    def noted_hold(self, slug, quantity):
        all_there.wait()
        steps.append("hold")
        return hold(self, slug, quantity)

    monkeypatch.setattr(Buyer, "log_in", noted_log_in)
    monkeypatch.setattr(Buyer, "hold", noted_hold)
    slug = new_event(office, "at-once", 4)
    assert rush(office.url("monolith"), slug, emails(30, 4))["paid"] == 4
    assert steps == ["log in"] * 4 + ["hold"] * 4


def test_in_a_rush_what_fails_is_counted_as_an_error(office):
    assert rush(office.url("monolith"), "no-such-event", emails(40, 2)) == {
        "paid": 0,
        "refused": 0,
        "error": 2,
    }


def test_a_rush_with_somebody_who_is_not_let_in_does_not_begin(office):
    slug = new_event(office, "not-begun", 2)
    with pytest.raises(RuntimeError, match="nobody@example.org could not log in"):
        rush(office.url("monolith"), slug, [*emails(50, 1), "nobody@example.org"])
    assert sold(office, slug) == {"seats": [0], "orders": 0, "held": 0}


# a crowd that goes on


def test_a_crowd_goes_on_while_nothing_is_wrong_and_leaves_no_seat_held_or_sold(office):
    def taken() -> tuple:
        source = """
from django.db.models import Count, Sum
held = Hold.objects.counting().count()
seats = Allotment.objects.aggregate(Sum("sold"))["sold__sum"]
orders = {row["state"]: row["n"] for row in Order.objects.values("state").annotate(n=Count("pk"))}
"""
        found = orm(office, source, "held", "seats", "orders")
        return found["held"], found["seats"], Counter(found["orders"])

    held, seats, orders = taken()
    with Crowd(office.front, 3) as crowd:
        time.sleep(0.5)
    assert crowd.failed == []
    assert crowd.asked >= 3 * 5 and crowd.bought >= 3
    assert taken() == (held, seats, orders + Counter(refunded=crowd.bought))


def test_a_crowd_counts_what_fails(office):
    with Crowd(office.front, 3) as crowd:
        office.faults("monolith", error_rate=1)
        time.sleep(0.5)
        office.faults("monolith")
    assert crowd.failed
    assert any(told.startswith("5") for told in crowd.failed)


def test_a_crowd_survives_a_service_that_is_gone_for_a_moment(office):
    with Crowd(office.front, 3) as crowd:
        office.kill("monolith")
        office.start("monolith")
        time.sleep(0.5)
    assert crowd.failed

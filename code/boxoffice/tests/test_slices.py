"""A list read slice by slice: nothing comes twice, and nothing that was there all the time is missed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from boxoffice.contexts.catalog.models import Event, Venue
from boxoffice.contexts.orders.models import Order
from boxoffice.tests import world

pytestmark = pytest.mark.django_db

EVENTS = "/api/v1/events"


def get(path, token: str = "", **query):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client(raise_request_exception=False).get(path, query, headers=headers)


def walk(path, size: int, token: str = "", between=lambda number: None, **query) -> list[dict]:
    """All items, slice by slice; `between` is called before each slice but the first."""
    items, cursor, number = [], "", 0
    while True:
        found = get(path, token, size=size, **query, **({"cursor": cursor} if cursor else {}))
        assert found.status_code == 200, found.content
        assert len(found.json()["items"]) <= size
        items += found.json()["items"]
        cursor, number = found.json()["next_cursor"], number + 1
        assert number < 100, "the walk does not end"
        if cursor is None:
            return items
        between(number)


@pytest.fixture
def venue():
    return Venue.objects.create(name="The Lantern Room", city="Bristol", address="14 Wharf")


def events(venue, number: int, starts_at=None, **fields) -> list[Event]:
    starts_at = starts_at or timezone.now() + timedelta(days=30)
    return [world.event(venue=venue, starts_at=starts_at, **fields) for _ in range(number)]


@pytest.mark.parametrize("size", [1, 7, 10, 30, 100])
def test_thirty_events_at_the_same_time_come_once_each_in_order(venue, size):
    made = events(venue, 30)
    assert [item["id"] for item in walk(EVENTS, size)] == sorted(event.pk for event in made)


def test_events_that_arrive_meanwhile_neither_repeat_others_nor_hide_them(venue):
    """Before each slice a new event at the same time, one before it and one after it."""
    moment = timezone.now() + timedelta(days=30)
    there = {event.pk for event in events(venue, 30, moment)}

    def arrive(number):
        for hours in (-1, 0, 1):
            events(venue, 1, moment + timedelta(hours=hours))

    seen = [item["id"] for item in walk(EVENTS, 10, between=arrive)]
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_events_that_go_meanwhile_hide_no_others(venue):
    made = events(venue, 30)
    going = iter(made[:10])

    def go(number):
        for _ in range(3):
            next(going).delete()

    seen = [item["id"] for item in walk(EVENTS, 10, between=go)]
    assert len(seen) == len(set(seen))
    assert {event.pk for event in made[10:]} <= set(seen)


def test_many_at_one_time_end(venue):
    """DRF's own cursor counts through equal rows by an offset with a limit: past 1 000 its page leads to itself."""
    moment = timezone.now() + timedelta(days=30)
    Event.objects.bulk_create(
        Event(venue=venue, title=f"Event {n}", slug=f"many-{n}", starts_at=moment) for n in range(1300)
    )
    assert len({item["id"] for item in walk(EVENTS, 100)}) == 1300


def test_times_that_differ_by_a_microsecond_are_told_apart(venue):
    moment = timezone.now() + timedelta(days=30)
    made = [events(venue, 1, moment + timedelta(microseconds=n))[0] for n in (2, 0, 1)]
    assert [item["id"] for item in walk(EVENTS, 1)] == [made[1].pk, made[2].pk, made[0].pk]


def test_the_filters_hold_in_every_slice(venue):
    moment = timezone.now() + timedelta(days=30)
    other = Venue.objects.create(name="Hall", city="Leeds", address="1 Road")
    wanted = events(venue, 5, moment, title="A Night of Songs")
    events(venue, 5, moment, title="A Day of Songs")
    events(other, 5, moment, title="A Night of Songs")
    events(venue, 5, moment + timedelta(days=9), title="A Night of Songs")
    events(venue, 5, moment, title="A Night of Songs", sales_closed=True)
    query = {
        "title": "night",
        "city": "Bristol",
        "starts_after": (moment - timedelta(days=1)).isoformat(),
        "starts_before": (moment + timedelta(days=1)).isoformat(),
        "on_sale": "yes",
    }
    assert [item["id"] for item in walk(EVENTS, 2, **query)] == [event.pk for event in wanted]


def test_a_slice_takes_as_many_queries_however_many_events(venue, django_assert_num_queries):
    for _ in range(2):
        events(venue, 10)
        with django_assert_num_queries(2):
            get(EVENTS, size=100)


def test_my_orders_come_the_newest_first_and_nobody_else_s(venue):
    buyer, other, band = world.actor(), world.actor(), world.band(seats=100)
    moment = timezone.now()
    mine = [world.order(buyer, band, 1, placed_at=moment + timedelta(seconds=n // 3)) for n in range(9)]
    world.order(other, band, 1)
    seen = [item["number"] for item in walk("/api/v1/orders", 2, buyer.token)]
    assert seen == [order.number for order in Order.objects.filter(pk__in=[one.pk for one in mine])]
    assert len(seen) == 9


@pytest.mark.parametrize(
    "cursor",
    ["x", "====", "WzEsIDJd", "é", "bnVsbA==", "x" * 200, "WyIyMDMwLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgLTFd"],
)
def test_a_cursor_that_is_none_is_a_problem(venue, cursor):
    events(venue, 3)
    refused = get(EVENTS, cursor=cursor)
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:boxoffice:bad-cursor"


@pytest.mark.parametrize(
    "query",
    [
        {"size": "0"},
        {"size": "101"},
        {"size": "x"},
        {"cursor": ""},
        {"limit": "5"},
        {"starts_after": "today"},
    ],
)
def test_a_question_that_makes_no_sense_is_a_problem_that_names_it(query):
    refused = get(EVENTS, **query)
    assert refused.status_code == 400
    assert list(refused.json()["fields"]) == list(query)


def test_the_same_answer_need_not_be_sent_twice(venue):
    events(venue, 3)
    first = get(EVENTS)
    again = Client().get(EVENTS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    events(venue, 1)
    assert Client().get(EVENTS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200

"""Looking around, without an account."""

import pytest
import requests
from driver import eventually


def test_the_programme_is_listed_over_several_pages(visitor):
    listed = visitor.events()
    assert len(listed) >= 20
    assert len({event.slug for event in listed}) == len(listed)
    assert visitor.get("/").has('a[rel="next"]')
    assert all(event.title and event.venue for event in listed)


def test_a_search_finds_by_title_whatever_the_case(visitor, event):
    words = event.title.upper()
    assert [found.slug for found in visitor.events(words) if found.title == event.title] == [event.slug]
    assert all("lighthouse" in found.title.lower() for found in visitor.events("lighthouse"))
    assert visitor.events("lighthouse")


def test_a_search_for_nothing_that_exists_finds_nothing(visitor):
    assert visitor.events("no such evening anywhere") == []


def test_the_list_shows_the_cheapest_price(visitor, new_event):
    made = new_event(("Stalls", "30.00", 5), ("Balcony", "12.50", 5))
    listed = eventually(lambda: visitor.events(made.title))
    assert str(listed[0].from_price) == "12.50"
    assert not listed[0].sold_out


def test_an_event_shows_its_bands_prices_and_seats(visitor, new_event):
    made = new_event(("Stalls", "30.00", 5), ("Balcony", "12.50", 7))
    seen = visitor.event(made.slug)
    assert [(band.name, str(band.price), band.seats_left) for band in seen.bands] == [
        ("Stalls", "30.00", 5),
        ("Balcony", "12.50", 7),
    ]
    assert seen.on_sale


def test_the_seeded_programme_has_one_event_sold_out(visitor):
    # others may have been sold out since by whoever uses the same box office
    sold_out = [event for event in visitor.events() if event.sold_out]
    assert sold_out
    assert all(visitor.event(event.slug).seats_left == 0 for event in sold_out)


def test_an_event_that_sells_out_gets_the_badge(visitor, buyer, provider, new_event):
    made = new_event(("Stalls", "20.00", 2))
    assert [event.sold_out for event in eventually(lambda: visitor.events(made.title))] == [False]
    buyer.buy(made.slug, made.bands[0].id, 2)
    eventually(lambda: visitor.events(made.title)[0].sold_out)
    assert visitor.event(made.slug).seats_left == 0


@pytest.mark.parametrize(
    "path",
    [
        "/events/no-such-evening/",
        "/nothing/here/",
        "/checkout/not-a-hold/",
        "/events/no-such-evening/hold/",
    ],
)
def test_what_does_not_exist_is_not_found(visitor, path):
    visitor.get(path).expect(404)


@pytest.mark.parametrize(
    "params",
    [
        {"page": "x"},
        {"page": "0"},
        {"page": "9" * 400},
        {"q": "a\0b"},
        {"q": "%' OR 1=1 --"},
        {"q": "é" * 300},
    ],
)
def test_senseless_questions_get_an_answer(visitor, params):
    assert visitor.get("/", **params).status in (200, 400, 404)


def test_health_is_told(running):
    for path in ("/health/live", "/health/ready"):
        answer = requests.get(running.base_url + path, timeout=10)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_every_answer_carries_a_request_id(running):
    answer = requests.get(running.base_url + "/", headers={"X-Request-ID": "behaviour-1"}, timeout=10)
    assert answer.headers["X-Request-ID"] == "behaviour-1"
    assert requests.get(running.base_url + "/", timeout=10).headers["X-Request-ID"]

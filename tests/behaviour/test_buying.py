"""Holding seats, and buying them."""

import threading
import time
import uuid
from decimal import Decimal

import pytest
from driver import CHOSEN_PASSWORD, eventually, order_on


def test_a_hold_takes_the_seats_from_everybody_else(visitor, buyer, event, band):
    checkout = buyer.get(buyer.hold(event.slug, band.id, 3)).expect(200)
    assert checkout.one("[data-hold]")["data-state"] == "active"
    assert Decimal(checkout.one("[data-total]")["data-total"]) == Decimal("60.00")
    assert int(checkout.one("[data-seconds-left]")["data-seconds-left"]) > 0
    assert visitor.event(event.slug).seats_left == 7


def test_buying_turns_seats_into_a_paid_order(visitor, buyer, provider, event, band):
    before = len(provider.ledger())
    order = buyer.buy(event.slug, band.id, 2)
    assert (order.state, order.title, order.total, order.quantity) == (
        "paid",
        event.title,
        Decimal("40.00"),
        2,
    )
    assert buyer.order(order.number) == order
    assert visitor.event(event.slug).seats_left == 8
    charges = provider.ledger()[before:]
    assert [(charge["amount"], charge["status"]) for charge in charges] == [("40.00", "captured")]


def test_seats_given_back_are_on_sale_again(visitor, buyer, event, band):
    checkout = buyer.hold(event.slug, band.id, 4)
    assert visitor.event(event.slug).seats_left == 6
    buyer.release(checkout)
    assert visitor.event(event.slug).seats_left == 10
    assert not buyer.get(checkout).has('form[data-form="pay"]')


def test_nobody_holds_more_than_there_is(buyer, new_buyer, new_event):
    made = new_event(("Stalls", "20.00", 3))
    page = buyer.try_hold(made.slug, made.bands[0].id, 4)
    assert page.errors and not page.has("[data-hold]")
    buyer.hold(made.slug, made.bands[0].id, 3)
    other = new_buyer().try_hold(made.slug, made.bands[0].id, 1)
    assert other.errors and not other.has("[data-hold]")


@pytest.mark.parametrize("quantity", ["0", "-1", "11", "1.5", "two", "", "9" * 400])
def test_a_senseless_number_of_seats_is_refused(buyer, event, band, quantity):
    page = buyer.try_hold(event.slug, band.id, quantity)
    assert page.status in (200, 400) and page.errors
    assert buyer.event(event.slug).seats_left == 10


@pytest.mark.parametrize("wrong", ["0", "x", "", str(10**30), "1\0"])
def test_a_band_that_does_not_exist_is_refused(buyer, event, wrong):
    page = buyer.try_hold(event.slug, wrong)
    assert page.status in (400, 404) or page.errors
    assert not page.has("[data-hold]")


def test_a_band_of_another_event_is_refused(buyer, event, new_event):
    other = new_event()
    page = buyer.try_hold(event.slug, other.bands[0].id)
    assert page.status in (400, 404) or page.errors
    assert buyer.event(other.slug).seats_left == 10


def test_a_stranger_is_sent_to_the_login_and_back_to_the_event(visitor, buyer, event, band):
    buyer.logout()
    page = visitor.try_hold(event.slug, band.id)
    assert page.path == "/accounts/login/"
    back = visitor.submit(page, "login", username=buyer.email, password=CHOSEN_PASSWORD)
    assert back.path == f"/events/{event.slug}/"
    assert visitor.user == buyer.email
    visitor.hold(event.slug, band.id)


def test_a_form_without_the_token_is_refused(buyer, event, band):
    buyer.session.cookies.pop("csrftoken")
    page = buyer.post(f"/events/{event.slug}/hold/", {"band": band.id, "quantity": 1})
    assert page.status == 403
    assert buyer.event(event.slug).seats_left == 10


def test_the_hold_of_somebody_else_does_not_exist(buyer, new_buyer, provider, event, band):
    checkout = buyer.hold(event.slug, band.id, 2)
    other = new_buyer()
    other.get(checkout).expect(404)
    for action in ("pay/", "release/"):
        other.post(checkout + action, {}).expect(404)
    assert other.paid_orders() == []
    assert order_on(buyer.pay(checkout)).state == "paid"


def test_a_hold_that_never_was_is_not_found(buyer):
    path = f"/checkout/{uuid.uuid4()}/"
    buyer.get(path).expect(404)
    buyer.post(path + "pay/", {}).expect(404)


def test_a_double_click_buys_once(visitor, buyer, provider, event, band):
    before = len(provider.ledger())
    checkout = buyer.hold(event.slug, band.id, 2)
    windows = [buyer.same_visitor() for _ in range(2)]
    pages = [window.get(checkout) for window in windows]
    start = threading.Barrier(2)

    def click(window, page):
        start.wait()
        window.submit(page, "pay")

    clicks = [threading.Thread(target=click, args=pair) for pair in zip(windows, pages, strict=True)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert all(status < 500 for window in windows for status in window.statuses)
    assert len(eventually(buyer.paid_orders)) == 1
    assert len(buyer.orders()) == 1
    assert len(provider.ledger()) - before == 1
    assert visitor.event(event.slug).seats_left == 8


def test_an_expired_hold_cannot_be_paid_for_and_its_seats_are_free(
    running, visitor, buyer, provider, event, band
):
    if running.hold_seconds is None:
        pytest.skip("how long a hold lasts is not known: give --hold-seconds")
    before = len(provider.ledger())
    checkout = buyer.hold(event.slug, band.id, 2)
    open_page = buyer.get(checkout)
    assert visitor.event(event.slug).seats_left == 8
    time.sleep(running.hold_seconds + 0.5)
    eventually(lambda: visitor.event(event.slug).seats_left == 10)
    assert buyer.submit(open_page, "pay").errors
    assert buyer.get(checkout).one("[data-hold]")["data-state"] == "expired"
    assert buyer.paid_orders() == []
    assert len(provider.ledger()) == before

"""After the purchase: my orders, cancelling, and being told."""

from decimal import Decimal

import pytest
from driver import eventually


def test_my_orders_are_mine_the_newest_first(buyer, new_buyer, provider, event, band):
    other = new_buyer()
    theirs = other.buy(event.slug, band.id)
    first, second = buyer.buy(event.slug, band.id), buyer.buy(event.slug, band.id, 2)
    assert [order.number for order in buyer.orders()] == [second.number, first.number]
    assert [order.number for order in other.orders()] == [theirs.number]


def test_the_order_of_somebody_else_does_not_exist(buyer, new_buyer, provider, event, band):
    order = buyer.buy(event.slug, band.id)
    other = new_buyer()
    other.get(f"/orders/{order.number}/").expect(404)
    other.post(f"/orders/{order.number}/cancel/", {}).expect(404)
    assert buyer.order(order.number).state == "paid"


def test_an_order_that_never_was_is_not_found(buyer):
    buyer.get("/orders/CC-NONE-NONE/").expect(404)


@pytest.mark.parametrize("path", ["/orders/", "/orders/CC-NONE-NONE/", "/account/notifications/"])
def test_a_stranger_is_sent_to_the_login(visitor, path):
    page = visitor.get(path)
    assert page.path == "/accounts/login/"
    assert page.one('input[name="next"]')["value"] == path


def test_cancelling_refunds_and_returns_the_seats(visitor, buyer, provider, event, band):
    before = len(provider.ledger())
    order = buyer.buy(event.slug, band.id, 3)
    buyer.cancel(order.number).expect(200)
    eventually(lambda: buyer.order(order.number).state == "refunded")
    eventually(lambda: visitor.event(event.slug).seats_left == 10)
    assert [charge["status"] for charge in provider.ledger()[before:]] == ["refunded"]


def test_cancelling_twice_is_harmless(visitor, buyer, provider, event, band):
    buyer.buy(event.slug, band.id, 2)
    order = buyer.buy(event.slug, band.id, 3)
    page = buyer.get(f"/orders/{order.number}/")
    for _ in range(2):
        assert buyer.submit(page, "cancel").status < 500
    eventually(lambda: buyer.order(order.number).state == "refunded")
    eventually(lambda: visitor.event(event.slug).seats_left == 8)


def test_a_refund_that_the_provider_does_not_confirm_is_made_good_later(
    visitor, buyer, provider, event, band
):
    before = len(provider.ledger())
    order = buyer.buy(event.slug, band.id, 3)
    provider.fault(delay=3)
    page = buyer.cancel(order.number)
    assert page.status < 500 and page.messages
    assert buyer.order(order.number).state != "refunded"
    assert visitor.event(event.slug).seats_left == 7
    provider.fault()
    again = buyer.get(f"/orders/{order.number}/")
    if again.has('form[data-form="cancel"]'):
        buyer.submit(again, "cancel")
    eventually(lambda: buyer.order(order.number).state == "refunded")
    eventually(lambda: visitor.event(event.slug).seats_left == 10)
    assert [charge["status"] for charge in provider.ledger()[before:]] == ["refunded"]


def test_the_buyer_is_told_of_the_purchase_and_of_the_refund(buyer, provider, event, band):
    order = buyer.buy(event.slug, band.id)
    eventually(lambda: buyer.unread == 1)
    told = buyer.notifications()
    assert len(told) == 1 and order.number in told[0].subject
    eventually(lambda: buyer.unread == 0)
    buyer.cancel(order.number)
    eventually(lambda: len(buyer.notifications()) == 2)
    assert all(order.number in notification.subject for notification in buyer.notifications())


def test_mail_is_turned_off_and_on(buyer):
    for wanted in ("no", "yes"):
        page = buyer.get("/account/notifications/")
        button = page.one('form[data-form="preference"] button[name]')
        page = buyer.submit(page, "preference", **{button["name"]: button["value"]})
        assert page.one('form[data-form="preference"]')["data-wants-mail"] == wanted


def test_an_order_keeps_the_price_that_was_paid(admin, buyer, provider, new_event):
    made = new_event(("Stalls", "20.00", 10))
    order = buyer.buy(made.slug, made.bands[0].id)
    admin.edit_event(made.title, **{"bands-0-price": "33.00"})
    eventually(lambda: buyer.event(made.slug).bands[0].price == Decimal("33.00"))
    assert buyer.order(order.number).total == Decimal("20.00")
    assert buyer.buy(made.slug, made.bands[0].id).total == Decimal("33.00")

"""What happens when the provider does not simply say yes."""

import pytest
from driver import eventually, order_on


def test_declined_sells_nothing_and_the_buyer_may_try_again(visitor, buyer, provider, event, band):
    before = len(provider.ledger())
    checkout = buyer.hold(event.slug, band.id, 2)
    provider.fault("declined", times=1)
    page = buyer.pay(checkout)
    assert any("declined" in message for message in page.errors), page
    assert buyer.paid_orders() == []
    assert len(provider.ledger()) == before
    assert visitor.event(event.slug).seats_left == 8  # still held
    assert order_on(buyer.pay(checkout)).state == "paid"
    assert len(provider.ledger()) == before + 1


@pytest.mark.parametrize("mode", ["timeout", "lost", "error"])
def test_an_unknown_outcome_tried_again_ends_with_one_order_and_one_charge(
    visitor, buyer, provider, event, band, mode
):
    before = len(provider.ledger())
    checkout = buyer.hold(event.slug, band.id, 2)
    provider.fault(mode, times=1, hold=3)
    page = buyer.pay(checkout)
    assert page.status < 500
    assert page.messages, f"nothing was said on {page}"
    assert buyer.paid_orders() == []
    assert visitor.event(event.slug).seats_left == 8
    again = buyer.get(checkout)
    if again.has('form[data-form="pay"]'):
        buyer.submit(again, "pay")
    assert len(eventually(buyer.paid_orders)) == 1
    assert [charge["status"] for charge in provider.ledger()[before:]] == ["captured"]
    assert visitor.event(event.slug).seats_left == 8


def test_a_slow_provider_is_still_a_provider(buyer, provider, event, band):
    provider.fault(delay=0.3)
    assert buyer.buy(event.slug, band.id).state == "paid"


def test_a_buyer_who_gives_up_after_a_refusal_leaves_the_seats_to_others(
    visitor, buyer, provider, event, band
):
    checkout = buyer.hold(event.slug, band.id, 5)
    provider.fault("declined", times=1)
    buyer.pay(checkout)
    buyer.release(checkout)
    assert visitor.event(event.slug).seats_left == 10
    assert buyer.paid_orders() == []

"""Builds any part of the world that a test needs, together with all that it hangs on.

coupling 9: one factory, one import from every app; no app can be tested without the others.
"""

import itertools
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from monolith.accounts.models import User
from monolith.catalog.models import Event, PriceBand, Venue
from monolith.inventory.models import Allotment, Hold
from monolith.orders.models import Order, OrderLine
from monolith.payments.models import Payment
from monolith.utils import order_number

PASSWORD = "curtain-call"

_numbers = itertools.count(1)


def make_user(email: str | None = None, **fields) -> User:
    email = email or f"visitor{next(_numbers)}@example.org"
    return User.objects.create_user(username=email, email=email, password=PASSWORD, **fields)


def make_staff(**fields) -> User:
    return make_user(is_staff=True, **fields)


def make_admin() -> User:
    return make_user(is_staff=True, is_superuser=True)


def make_venue(name: str = "The Lantern Room", city: str = "Bristol") -> Venue:
    return Venue.objects.create(name=name, city=city, address="14 Cooper's Wharf")


def make_event(title: str | None = None, *, bands=(("Stalls", "20.00", 10),), **fields) -> Event:
    """An event in a month, with (name, price, capacity) price bands."""
    number = next(_numbers)
    fields.setdefault("starts_at", timezone.now() + timedelta(days=30))
    fields.setdefault("venue", Venue.objects.first() or make_venue())
    fields.setdefault("slug", f"event-{number}")
    event = Event.objects.create(title=title or f"Event {number}", **fields)
    for position, (name, price, capacity) in enumerate(bands):
        band = PriceBand.objects.create(event=event, name=name, price=Decimal(price), position=position)
        Allotment.objects.create(band=band, capacity=capacity)
    return event


def make_band(capacity: int = 10, price: str = "20.00", **event_fields) -> PriceBand:
    return make_event(bands=[("Stalls", price, capacity)], **event_fields).bands.get()


def make_hold(band: PriceBand | None = None, buyer: User | None = None, quantity: int = 1, **fields) -> Hold:
    """An active hold that runs for another minute."""
    fields.setdefault("expires_at", timezone.now() + timedelta(seconds=60))
    return Hold.objects.create(
        band=band or make_band(), buyer=buyer or make_user(), quantity=quantity, **fields
    )


def make_order(
    band: PriceBand | None = None, buyer: User | None = None, quantity: int = 1, state=Order.State.PAID
) -> Order:
    """An order as a purchase leaves it: with its hold, its line, its payment, and its seats sold."""
    hold = make_hold(band, buyer, quantity, state=Hold.State.CONSUMED)
    order = Order.objects.create(
        number=order_number(),
        buyer=hold.buyer,
        buyer_name=hold.buyer.display_name,
        state=state,
        total=hold.band.price * quantity,
    )
    OrderLine.objects.create(
        order=order, band=hold.band, hold=hold, quantity=quantity, unit_price=hold.band.price
    )
    paid = state == Order.State.PAID
    Payment.objects.create(
        order=order,
        key=f"hold-{hold.reference}",
        provider_id=f"ch_test_{next(_numbers)}",
        amount=order.total,
        state=Payment.State.CAPTURED if paid else Payment.State.REFUNDED,
    )
    if paid:
        allotment = Allotment.objects.get(band=hold.band)
        allotment.sold += quantity
        allotment.save()
    return order

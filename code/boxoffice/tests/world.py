"""A small world to buy tickets in: people, events with seats, holds and orders, and how to count them.

It reaches into every context's rows, as no context may: tests of one context make those of the others with it.
"""

import itertools
import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from boxoffice.chassis import tokens
from boxoffice.chassis.contracts import Actor
from boxoffice.contexts.accounts.models import User
from boxoffice.contexts.accounts.signing import tokens_for
from boxoffice.contexts.catalog.models import Event, PriceBand, Venue
from boxoffice.contexts.inventory.models import Allotment, Hold
from boxoffice.contexts.inventory.selectors import availability
from boxoffice.contexts.orders.models import Order, OrderLine
from boxoffice.contexts.orders.numbers import order_number
from boxoffice.contexts.payments.models import Payment

PASSWORD = "curtain-call"

_numbers = itertools.count(1)


def user(email: str | None = None, **fields) -> User:
    email = email or f"visitor{next(_numbers)}@example.org"
    return User.objects.create_user(username=email, email=email, password=PASSWORD, **fields)


def actor(account: User | None = None, **fields) -> Actor:
    """A person who has logged in."""
    return tokens.actor(tokens_for(account or user(**fields)).access)


def staff() -> Actor:
    return actor(is_staff=True)


def event(*bands: tuple[str, str, int | None], **fields) -> Event:
    """An event in a month, with (name, price, seats) bands; one with seats None is not for sale."""
    number = next(_numbers)
    fields.setdefault("title", f"Event {number}")
    fields.setdefault("slug", f"event-{number}")
    fields.setdefault("starts_at", timezone.now() + timedelta(days=30))
    if "venue" not in fields:
        fields["venue"] = Venue.objects.create(name="The Lantern Room", city="Bristol", address="14 Wharf")
    made = Event.objects.create(**fields)
    for position, (name, price, seats) in enumerate(bands or [("Stalls", "20.00", 10)]):
        band = PriceBand.objects.create(event=made, name=name, price=Decimal(price), position=position)
        if seats is not None:
            Allotment.objects.create(band_id=band.pk, capacity=seats)
    return made


def band(seats: int | None = 10, price: str = "20.00", **fields) -> PriceBand:
    return event(("Stalls", price, seats), **fields).bands.get()


def hold(buyer: Actor, band_id: int, quantity: int = 2, **fields) -> Hold:
    """A hold that runs for another minute."""
    fields.setdefault("expires_at", timezone.now() + timedelta(seconds=60))
    return Hold.objects.create(band_id=band_id, buyer_id=buyer.id, quantity=quantity, **fields)


def order(buyer: Actor, of: PriceBand, quantity: int = 2, state: str = "paid", **fields) -> Order:
    """An order as a purchase leaves it: its hold, its line, its payment, and its seats sold."""
    paid = state in ("paid", "refunding")
    kept = hold(buyer, of.pk, quantity, state="consumed" if paid else "released")
    fields.setdefault("number", order_number())
    made = Order.objects.create(
        buyer_id=buyer.id,
        buyer_name=buyer.name,
        buyer_email=buyer.email,
        state=state,
        total=of.price * quantity,
        hold_reference=kept.reference,
        **fields,
    )
    OrderLine.objects.create(
        order=made,
        band_id=of.pk,
        quantity=quantity,
        unit_price=of.price,
        event_id=of.event_id,
        slug=of.event.slug,
        title=of.event.title,
        starts_at=of.event.starts_at,
        venue=str(of.event.venue),
        band=of.name,
    )
    if state in ("paid", "refunding", "refunded"):
        Payment.objects.create(
            order_id=made.pk,
            key=made.payment_key,
            provider_id=f"ch_test_{next(_numbers)}",
            amount=made.total,
            state="captured" if paid else "refunded",
        )
    if paid:
        allotment = Allotment.objects.get(band_id=of.pk)
        allotment.sold += quantity
        allotment.save()
    return made


def expire(reference: uuid.UUID) -> None:
    Hold.objects.filter(reference=reference).update(expires_at=timezone.now() - timedelta(seconds=1))


def cut(band_id: int, capacity: int) -> None:
    """Fewer seats than are held already, as no facade would make them."""
    Allotment.objects.filter(band_id=band_id).update(capacity=capacity)


def seats(band_id: int) -> tuple[int, int]:
    """(sold, left) of a band."""
    found = availability([band_id])[band_id]
    return found.sold, found.left


def held(band_id: int) -> int:
    """Seats that running holds keep."""
    return availability([band_id])[band_id].held

"""Fills an empty box office: the same rows for the same seed, on any database."""

import math
import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from monolith.accounts.models import Organiser, User
from monolith.catalog.models import Event, PriceBand, Venue
from monolith.inventory.models import Allotment, Hold
from monolith.orders import programme
from monolith.orders.models import Order, OrderLine
from monolith.payments.models import Payment
from monolith.utils import order_number

PASSWORD = "curtain-call"
STAFF, ADMIN = "staff@example.org", "admin@example.org"
BUYERS = 100

# Far enough away that no event of the programme is over while anybody reads this.
FIRST_NIGHT = datetime(2030, 3, 1, 19, 30, tzinfo=ZoneInfo("Europe/London"))
FIRST_ORDER = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

SOLD_OUT, NEARLY = 1, 3  # which events, in the order of their dates
SMALL_HOUSE = [("Stalls", "42.00", 30), ("Circle", "28.00", 20)]
LEFT_IN_NEARLY = 3


def seed_users() -> list[User]:
    """The staff, the organisers and the buyers; returns the buyers."""
    password = make_password(PASSWORD)  # once: hashing is slow on purpose

    def user(email: str, first: str, last: str, **rights) -> User:
        return User(
            username=email, email=email, first_name=first, last_name=last, password=password, **rights
        )

    User.objects.bulk_create(
        [
            user(ADMIN, "Box", "Office", is_staff=True, is_superuser=True),
            user(STAFF, "Front", "Desk", is_staff=True),
        ]
    )
    promoters = User.objects.bulk_create(
        user(f"organiser{number}@example.org", *name.rsplit(" ", 1))
        for number, name in enumerate(programme.ORGANISERS, 1)
    )
    Organiser.objects.bulk_create(
        Organiser(user=promoter, name=name, vat_number=f"GB{100200300 + number}")
        for number, (promoter, name) in enumerate(zip(promoters, programme.ORGANISERS, strict=True))
    )
    first, last = programme.FIRST_NAMES, programme.LAST_NAMES
    return User.objects.bulk_create(
        user(f"buyer{number:03}@example.org", first[number % len(first)], last[number % len(last)])
        for number in range(1, BUYERS + 1)
    )


def seed_programme(*, events: int, orders: int, rng: random.Random) -> list[Allotment]:
    """Venues and events with price bands, and seats for so many orders; returns the unsaved allotments."""
    venues = Venue.objects.bulk_create(
        Venue(name=name, city=city, address=address) for name, city, address in programme.VENUES
    )
    made = Event.objects.bulk_create(_event(number, rng.choice(venues), rng) for number in range(events))
    small = {SOLD_OUT, NEARLY} & set(range(1, events))
    scale = max(1, math.ceil(orders / 20 / max(1, events - len(small))))
    bands, capacities = [], []
    for number, event in enumerate(made):
        house = SMALL_HOUSE if number in small else _house(rng, scale)
        for position, (name, price, capacity) in enumerate(house, 1):
            bands.append(PriceBand(event=event, name=name, price=Decimal(price), position=position))
            capacities.append(capacity)
    PriceBand.objects.bulk_create(bands)
    return [Allotment(band=band, capacity=capacity) for band, capacity in zip(bands, capacities, strict=True)]


def _event(number: int, venue: Venue, rng: random.Random) -> Event:
    night, which = divmod(number, len(programme.TITLES))
    title = programme.TITLES[which] + (f" ({night + 1})" if night else "")
    return Event(
        venue=venue,
        title=title,
        slug=slugify(title),
        description=f"{rng.choice(programme.OPENINGS)}\n\n{rng.choice(programme.CLOSINGS)}",
        # days, not hours: half past seven stays half past seven when the clocks change
        starts_at=FIRST_NIGHT + timedelta(days=2 * number),
        presented_by=rng.choice(programme.ORGANISERS),
    )


def _house(rng: random.Random, scale: int) -> list[tuple]:
    """Price bands of one event, and the seats in each."""
    bands = programme.BANDS[: rng.randint(2, len(programme.BANDS))]
    return [(name, price, scale * rng.choice([60, 90, 120])) for name, price in bands]


class Sales:
    """Orders being drawn, and the rows that they need."""

    def __init__(self, allotments: list[Allotment], buyers: list[User], rng: random.Random):
        self.rng = rng
        self.buyers = buyers
        self.left = {allotment.band: allotment.capacity for allotment in allotments}
        self.allotments = allotments
        self.holds, self.orders, self.lines, self.payments = [], [], [], []
        self.numbers = set()

    def sell_nearly_all(self, bands: list[PriceBand], keep: int, most: int) -> None:
        """Sell the bands until `keep` seats of the last are left, in at most so many orders."""
        for band in bands:
            wanted = self.left[band] - (keep if band is bands[-1] else 0)
            while wanted and len(self.orders) < most:
                quantity = min(wanted, self.rng.randint(3, 6))
                self.sell(band, quantity, Order.State.PAID)
                wanted -= quantity

    def sell_anywhere(self, bands: list[PriceBand], orders: int) -> None:
        """Sell a few seats of any of the bands, until there are so many orders."""
        while len(self.orders) < orders:
            quantity = self.rng.choice([1, 2, 2, 2, 3, 4])
            state = Order.State.REFUNDED if self.rng.random() < 0.05 else Order.State.PAID
            band = self.rng.choice([band for band in bands if self.left[band] >= quantity])
            self.sell(band, quantity, state)

    def sell(self, band: PriceBand, quantity: int, state: Order.State) -> None:
        buyer = self.rng.choice(self.buyers)
        placed_at = FIRST_ORDER + timedelta(seconds=self.rng.randrange(75 * 24 * 3600))
        hold = Hold(
            reference=uuid.UUID(int=self.rng.getrandbits(128), version=4),
            band=band,
            buyer=buyer,
            quantity=quantity,
            expires_at=placed_at + timedelta(seconds=60),
            state=Hold.State.CONSUMED,
        )
        order = Order(
            number=self._number(),
            buyer=buyer,
            buyer_name=buyer.display_name,
            state=state,
            total=band.price * quantity,
            placed_at=placed_at,
        )
        paid = state == Order.State.PAID
        payment = Payment(
            order=order,
            key=f"hold-{hold.reference}",
            provider_id=f"ch_seed_{len(self.orders) + 1:06d}",
            amount=order.total,
            state=Payment.State.CAPTURED if paid else Payment.State.REFUNDED,
        )
        self.holds.append(hold)
        self.orders.append(order)
        self.lines.append(
            OrderLine(order=order, band=band, hold=hold, quantity=quantity, unit_price=band.price)
        )
        self.payments.append(payment)
        if paid:
            self.left[band] -= quantity

    def _number(self) -> str:
        while (number := order_number(self.rng.choice)) in self.numbers:
            pass
        self.numbers.add(number)
        return number

    def save(self) -> None:
        for allotment in self.allotments:
            allotment.sold = allotment.capacity - self.left[allotment.band]
        Allotment.objects.bulk_create(self.allotments)
        for model, rows in (
            (Hold, self.holds), (Order, self.orders), (OrderLine, self.lines), (Payment, self.payments)
        ):  # fmt: skip
            model.objects.bulk_create(rows, batch_size=2000)


def seed(*, events: int, orders: int, seed: int) -> Counter:
    """Seed an empty database, and say how many rows of what there are."""
    rng = random.Random(seed)
    buyers = seed_users()
    if events:
        allotments = seed_programme(events=events, orders=orders, rng=rng)
        sales = Sales(allotments, buyers, rng)
        by_event = {}
        for allotment in allotments:
            by_event.setdefault(allotment.band.event, []).append(allotment.band)
        for number, (event, bands) in enumerate(list(by_event.items())):
            if number in (SOLD_OUT, NEARLY):
                sales.sell_nearly_all(bands, 0 if number == SOLD_OUT else LEFT_IN_NEARLY, orders)
                del by_event[event]
        sales.sell_anywhere([band for bands in by_event.values() for band in bands], orders)
        sales.save()
    return Counter({model.__name__: model.objects.count() for model in (User, Event, PriceBand, Order)})

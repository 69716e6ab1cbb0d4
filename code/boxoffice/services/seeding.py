"""The rows of a box office that has been open for a while: the same for the same seed, whoever asks.

The plan is made without a database, so that each service can make it for itself, and write the rows of its own
contexts: where they run as one process they fit together, and where they run apart they fit as well.
"""

import math
import random
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from boxoffice.contexts.orders.numbers import order_number
from boxoffice.services import programme

PASSWORD = "curtain-call"
STAFF, ADMIN = "staff@example.org", "admin@example.org"
BUYERS = 100

# Far enough away that no event of the programme is over while anybody reads this.
FIRST_NIGHT = datetime(2030, 3, 1, 19, 30, tzinfo=ZoneInfo("Europe/London"))
FIRST_ORDER = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

SOLD_OUT, NEARLY = 1, 3  # which events, in the order of their dates
SMALL_HOUSE = [("Stalls", "42.00", 30), ("Circle", "28.00", 20)]
LEFT_IN_NEARLY = 3

Rows = dict[str, list[dict]]  # by the model's label, in the order in which they must be written


class Plan:
    """Rows for all contexts, with their primary keys: `plan.rows["catalog.Event"]` and so on."""

    def __init__(self, *, events: int, orders: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.rows: Rows = defaultdict(list)
        self.buyers = self._people()
        if events:
            self._programme(events, orders)
            self._sales(orders)

    def add(self, label: str, **fields) -> dict:
        """One more row; its primary key is the next number."""
        row = {"id": len(self.rows[label]) + 1, **fields}
        self.rows[label].append(row)
        return row

    def _people(self) -> list[dict]:
        """The staff, the organisers and the buyers; returns the buyers. Passwords are set by accounts."""

        def user(email: str, first: str, last: str, **rights) -> dict:
            return self.add(
                "accounts.User", username=email, email=email, first_name=first, last_name=last, **rights
            )

        user(ADMIN, "Box", "Office", is_staff=True, is_superuser=True)
        user(STAFF, "Front", "Desk", is_staff=True)
        for number, name in enumerate(programme.ORGANISERS):
            promoter = user(f"organiser{number + 1}@example.org", *name.rsplit(" ", 1))
            self.add(
                "accounts.Organiser", user_id=promoter["id"], name=name, vat_number=f"GB{100200300 + number}"
            )
        first, last = programme.FIRST_NAMES, programme.LAST_NAMES
        return [
            user(f"buyer{number:03}@example.org", first[number % len(first)], last[number % len(last)])
            for number in range(1, BUYERS + 1)
        ]

    def _programme(self, events: int, orders: int) -> None:
        """Venues and events with price bands, and seats for so many orders."""
        venues = [
            self.add("catalog.Venue", name=name, city=city, address=address)
            for name, city, address in programme.VENUES
        ]
        self.events = [self._event(number, self.rng.choice(venues)) for number in range(events)]
        small = {SOLD_OUT, NEARLY} & set(range(1, events))
        scale = max(1, math.ceil(orders / 20 / max(1, events - len(small))))
        for number, event in enumerate(self.events):
            house = SMALL_HOUSE if number in small else self._house(scale)
            for position, (name, price, capacity) in enumerate(house, 1):
                band = self.add(
                    "catalog.PriceBand",
                    event_id=event["id"],
                    name=name,
                    price=Decimal(price),
                    position=position,
                )
                self.add("inventory.Allotment", band_id=band["id"], capacity=capacity, sold=0)

    def _event(self, number: int, venue: dict) -> dict:
        night, which = divmod(number, len(programme.TITLES))
        title = programme.TITLES[which] + (f" ({night + 1})" if night else "")
        opening = self.rng.choice(programme.OPENINGS)
        return self.add(
            "catalog.Event",
            venue_id=venue["id"],
            title=title,
            slug=slugify(title),
            description=f"{opening}\n\n{self.rng.choice(programme.CLOSINGS)}",
            # days, not hours: half past seven stays half past seven when the clocks change
            starts_at=FIRST_NIGHT + timedelta(days=2 * number),
            presented_by=self.rng.choice(programme.ORGANISERS),
        )

    def _house(self, scale: int) -> list[tuple]:
        """Price bands of one event, and the seats in each."""
        bands = programme.BANDS[: self.rng.randint(2, len(programme.BANDS))]
        return [(name, price, scale * self.rng.choice([60, 90, 120])) for name, price in bands]

    def _sales(self, orders: int) -> None:
        self.numbers: set[str] = set()
        by_event = defaultdict(list)
        for band in self.rows["catalog.PriceBand"]:
            by_event[band["event_id"]].append(band)
        for number, (event_id, bands) in enumerate(list(by_event.items())):
            if number in (SOLD_OUT, NEARLY):
                self._sell_nearly_all(bands, 0 if number == SOLD_OUT else LEFT_IN_NEARLY, orders)
                del by_event[event_id]
        self._sell_anywhere([band for bands in by_event.values() for band in bands], orders)

    def _left(self, band: dict) -> int:
        allotment = self.rows["inventory.Allotment"][band["id"] - 1]
        return allotment["capacity"] - allotment["sold"]

    def _sell_nearly_all(self, bands: list[dict], keep: int, most: int) -> None:
        """Sell the bands until `keep` seats of the last are left, in at most so many orders."""
        for band in bands:
            wanted = self._left(band) - (keep if band is bands[-1] else 0)
            while wanted and len(self.rows["orders.Order"]) < most:
                quantity = min(wanted, self.rng.randint(3, 6))
                self._sell(band, quantity, "paid")
                wanted -= quantity

    def _sell_anywhere(self, bands: list[dict], orders: int) -> None:
        """Sell a few seats of any of the bands, until there are so many orders."""
        while len(self.rows["orders.Order"]) < orders:
            quantity = self.rng.choice([1, 2, 2, 2, 3, 4])
            state = "refunded" if self.rng.random() < 0.05 else "paid"
            band = self.rng.choice([band for band in bands if self._left(band) >= quantity])
            self._sell(band, quantity, state)

    def _sell(self, band: dict, quantity: int, state: str) -> None:
        buyer = self.rng.choice(self.buyers)
        placed_at = FIRST_ORDER + timedelta(seconds=self.rng.randrange(75 * 24 * 3600))
        event = self.events[band["event_id"] - 1]
        venue = self.rows["catalog.Venue"][event["venue_id"] - 1]
        hold = self.add(
            "inventory.Hold",
            reference=uuid.UUID(int=self.rng.getrandbits(128), version=4),
            band_id=band["id"],
            buyer_id=buyer["id"],
            quantity=quantity,
            expires_at=placed_at + timedelta(seconds=60),
            state="consumed" if state == "paid" else "released",
        )
        order = self.add(
            "orders.Order",
            number=self._number(),
            buyer_id=buyer["id"],
            buyer_name=f"{buyer['first_name']} {buyer['last_name']}",
            buyer_email=buyer["email"],
            state=state,
            total=band["price"] * quantity,
            placed_at=placed_at,
            hold_reference=hold["reference"],
        )
        self.add(
            "orders.OrderLine",
            order_id=order["id"],
            band_id=band["id"],
            quantity=quantity,
            unit_price=band["price"],
            event_id=event["id"],
            slug=event["slug"],
            title=event["title"],
            starts_at=event["starts_at"],
            venue=f"{venue['name']}, {venue['city']}",
            band=band["name"],
        )
        self.add(
            "payments.Payment",
            order_id=order["id"],
            key=f"hold-{hold['reference']}",
            provider_id=f"ch_seed_{order['id']:06d}",
            amount=order["total"],
            state="captured" if state == "paid" else "refunded",
        )
        if state == "paid":
            self.rows["inventory.Allotment"][band["id"] - 1]["sold"] += quantity

    def _number(self) -> str:
        while (number := order_number(self.rng.choice)) in self.numbers:
            pass
        self.numbers.add(number)
        return number

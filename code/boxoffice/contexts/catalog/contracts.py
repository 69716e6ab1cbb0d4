"""What crosses the border of the catalogue. No Django in here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from boxoffice.chassis.errors import NotFound, Unavailable


@dataclass(frozen=True)
class VenueContract:
    name: str
    city: str
    address: str

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


@dataclass(frozen=True)
class BandContract:
    id: int
    name: str
    price: Decimal


@dataclass(frozen=True)
class EventContract:
    """An event with its price bands, in the order in which they are shown.

    `why_not_on_sale` is a sentence for the buyer; empty while tickets may be bought. It was true when the
    contract was made.
    """

    id: int
    slug: str
    title: str
    description: str
    presented_by: str
    starts_at: datetime
    why_not_on_sale: str
    venue: VenueContract
    bands: tuple[BandContract, ...]


@dataclass(frozen=True)
class ListedEventContract:
    """An event as a list shows it; `from_price` is None where there are no bands."""

    id: int
    slug: str
    title: str
    starts_at: datetime
    sales_closed: bool
    venue: VenueContract
    from_price: Decimal | None
    band_ids: tuple[int, ...]


@dataclass(frozen=True)
class OfferContract:
    """One price band, and what a buyer has to know of its event."""

    band_id: int
    band: str
    price: Decimal
    event_id: int
    slug: str
    title: str
    starts_at: datetime
    venue: str
    why_not_on_sale: str


class EventNotFound(NotFound):
    """There is no such event."""

    problem = "event-not-found"


class CatalogUnavailable(Unavailable):
    """The programme cannot be read at the moment. Please try again."""

# fault: a cache, which outlives the price
# breaks: R1
# should say: has changed
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

import requests

CATALOG = "http://catalog.internal/api/v1"
SECONDS = 2  # that a call may wait
NOT_FOUND = "urn:boxoffice:event-not-found"

request_id = ContextVar("request_id", default="-")  # of the request that this process is answering


@dataclass(frozen=True)
class BandContract:
    id: int
    name: str
    price: Decimal


@dataclass(frozen=True)
class EventContract:
    id: int
    title: str
    starts_at: datetime
    bands: tuple[BandContract, ...]


class EventNotFound(LookupError):
    """The catalogue has no such event."""


class CatalogUnavailable(Exception):
    """The programme cannot be read at the moment."""


def get_event(event_id: int) -> EventContract:
    """The event with its price bands. Raises EventNotFound, or CatalogUnavailable."""
    return asked(f"events/{event_id}", event)


def get_bands(band_ids) -> dict[int, BandContract]:
    """Each price band by its id; unknown ids are left out. Raises CatalogUnavailable."""
    return dict(some(",".join(str(number) for number in sorted(set(band_ids)))))


@cache
def some(wanted):
    return asked("bands", bands_by_id, ids=wanted) if wanted else {}


def asked(path, read, **params):
    """What `read` makes of the answer."""
    headers = {"X-Request-ID": request_id.get()}
    try:
        response = requests.get(f"{CATALOG}/{path}", params=params, headers=headers, timeout=SECONDS)
        body = response.json()
        if response.status_code == 200:
            return read(body)
        refused = response.status_code == 404 and body["type"] == NOT_FOUND
    except (
        requests.RequestException,
        ValueError,
        ArithmeticError,
        KeyError,
        TypeError,
        AttributeError,
    ) as problem:
        raise CatalogUnavailable from problem
    raise EventNotFound if refused else CatalogUnavailable(f"status {response.status_code}")


def band(body):
    price = Decimal(body["price"])
    if not price.is_finite():
        raise ValueError("no amount")
    return BandContract(id=body["id"], name=body["name"], price=price)


def bands_by_id(body):
    return {int(number): band(each) for number, each in body.items()}


def event(body):
    starts_at = datetime.fromisoformat(body["starts_at"])
    if starts_at.tzinfo is None:
        raise ValueError("a time without a zone")
    bands = tuple(band(each) for each in body["bands"])
    return EventContract(id=body["id"], title=body["title"], starts_at=starts_at, bands=bands)

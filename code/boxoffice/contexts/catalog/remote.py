"""The same calls over HTTP."""

from boxoffice.chassis.client import Client
from boxoffice.chassis.contracts import PageContract
from boxoffice.contexts.catalog.contracts import (
    CatalogUnavailable,
    EventContract,
    EventNotFound,
    ListedEventContract,
    OfferContract,
)

client = Client("catalog", CatalogUnavailable, refusals=[EventNotFound])


def list_events(*, title: str, page) -> PageContract[ListedEventContract]:
    return client.get("events", PageContract[ListedEventContract], title=title, page=page)


def get_event(event_id: int) -> EventContract:
    return client.get(f"events/{event_id}", EventContract)


def get_event_by_slug(slug: str) -> EventContract:
    return client.get(f"events/by-slug/{slug}", EventContract)


def get_events(event_ids) -> dict[int, EventContract]:
    return client.get("events/batch", dict[int, EventContract], ids=_ids(event_ids)) if event_ids else {}


def get_offers(band_ids) -> dict[int, OfferContract]:
    return client.get("offers", dict[int, OfferContract], ids=_ids(band_ids)) if band_ids else {}


def _ids(numbers) -> str:
    return ",".join(str(number) for number in sorted(set(numbers)))

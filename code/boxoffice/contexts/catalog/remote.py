"""The same calls over HTTP."""

from urllib.parse import quote

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
    return client.get("programme", PageContract[ListedEventContract], title=title or None, page=page)


def get_event(event_id: int) -> EventContract:
    return client.get(f"events/{event_id}", EventContract)


def get_event_by_slug(slug: str) -> EventContract:
    return client.get(f"events/by-slug/{quote(slug, safe='')}", EventContract)


def get_events(event_ids) -> dict[int, EventContract]:
    return client.get_many("events/batch", EventContract, "ids", event_ids)


def get_offers(band_ids) -> dict[int, OfferContract]:
    return client.get_many("offers", OfferContract, "ids", band_ids)

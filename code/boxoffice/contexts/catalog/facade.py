"""The only door of the catalogue. Everything may raise CatalogUnavailable."""

from boxoffice.chassis.contracts import PageContract
from boxoffice.chassis.facades import half
from boxoffice.contexts.catalog.contracts import (
    CatalogUnavailable,
    EventContract,
    ListedEventContract,
    OfferContract,
)

_half = half(__name__, CatalogUnavailable)


def list_events(*, title: str = "", page: str | int | None = 1) -> PageContract[ListedEventContract]:
    """A page of the events to come with that in their title, the soonest first."""
    return _half.reads.list_events(title=title, page=page)


def get_event(event_id: int) -> EventContract:
    """Raises EventNotFound."""
    return _half.reads.get_event(event_id)


def get_event_by_slug(slug: str) -> EventContract:
    """Raises EventNotFound."""
    return _half.reads.get_event_by_slug(slug)


def get_events(event_ids: list[int]) -> dict[int, EventContract]:
    """The events by their ids; those that do not exist are left out."""
    return _half.reads.get_events(event_ids)


def get_offers(band_ids: list[int]) -> dict[int, OfferContract]:
    """The price bands by their ids, each with its event; those that do not exist are left out."""
    return _half.reads.get_offers(band_ids)

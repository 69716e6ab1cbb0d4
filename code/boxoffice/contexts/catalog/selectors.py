"""What may be asked of the catalogue."""

from django.db.models import Min, QuerySet
from django.utils import timezone

from boxoffice.chassis.contracts import PageContract, SliceContract
from boxoffice.chassis.paging import page_of, slice_of
from boxoffice.contexts.catalog.contracts import (
    BandContract,
    EventContract,
    EventNotFound,
    ListedEventContract,
    OfferContract,
    VenueContract,
)
from boxoffice.contexts.catalog.models import Event, PriceBand, Venue

PAGE_SIZE = 12


def list_events(*, title: str, page) -> PageContract[ListedEventContract]:
    return page_of(_to_come(title).order_by("starts_at", "pk"), page, PAGE_SIZE, _listed)


def search(
    *, title, city, starts_after, starts_before, on_sale, cursor, size
) -> SliceContract[ListedEventContract]:
    found = _to_come(title)
    if city:
        found = found.filter(venue__city=city)
    if starts_after:
        found = found.filter(starts_at__gt=starts_after)
    if starts_before:
        found = found.filter(starts_at__lt=starts_before)
    if on_sale:
        found = found.filter(sales_closed=on_sale == "no")
    return slice_of(found, "starts_at", cursor, size, _listed)


def get_event(event_id: int) -> EventContract:
    return _one(Event.objects.filter(pk=event_id))


def get_event_by_slug(slug: str) -> EventContract:
    return _one(Event.objects.filter(slug=slug))


def get_events(event_ids) -> dict[int, EventContract]:
    return {event.pk: _event(event) for event in _whole(Event.objects.filter(pk__in=event_ids))}


def get_offers(band_ids) -> dict[int, OfferContract]:
    bands = PriceBand.objects.filter(pk__in=band_ids).select_related("event__venue")
    return {band.pk: _offer(band) for band in bands}


def _to_come(title: str) -> QuerySet:
    """The events to come with that in their title, as a list shows them, in no order yet."""
    found = Event.objects.filter(starts_at__gt=timezone.now(), title__icontains=title)
    return _whole(found.annotate(from_price=Min("bands__price")))


def _whole(events: QuerySet) -> QuerySet:
    return events.select_related("venue").prefetch_related("bands")


def _one(events: QuerySet) -> EventContract:
    event = _whole(events).first()
    if event is None:
        raise EventNotFound()
    return _event(event)


def _venue(venue: Venue) -> VenueContract:
    return VenueContract(venue.name, venue.city, venue.address)


def _event(event: Event) -> EventContract:
    return EventContract(
        id=event.pk,
        slug=event.slug,
        title=event.title,
        description=event.description,
        presented_by=event.presented_by,
        starts_at=event.starts_at,
        why_not_on_sale=event.why_not_on_sale,
        venue=_venue(event.venue),
        bands=tuple(BandContract(band.pk, band.name, band.price) for band in event.bands.all()),
    )


def _listed(event: Event) -> ListedEventContract:
    return ListedEventContract(
        id=event.pk,
        slug=event.slug,
        title=event.title,
        starts_at=event.starts_at,
        sales_closed=event.sales_closed,
        venue=_venue(event.venue),
        from_price=event.from_price,
        band_ids=tuple(band.pk for band in event.bands.all()),
    )


def _offer(band: PriceBand) -> OfferContract:
    event = band.event
    return OfferContract(
        band_id=band.pk,
        band=band.name,
        price=band.price,
        event_id=event.pk,
        slug=event.slug,
        title=event.title,
        starts_at=event.starts_at,
        venue=str(event.venue),
        why_not_on_sale=event.why_not_on_sale,
    )

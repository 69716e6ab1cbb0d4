"""What is on."""

from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from boxoffice.contexts.catalog import facade as catalog
from boxoffice.contexts.catalog.contracts import EventContract
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.inventory.contracts import (
    MOST_SEATS,
    AvailabilityContract,
    InventoryUnavailable,
)
from boxoffice.services.web.forms import SearchForm


@require_safe
def events(request):
    form = SearchForm(request.GET)
    title = form.cleaned_data["q"] if form.is_valid() else ""
    page = catalog.list_events(title=title, page=request.GET.get("page", "1")[:20])
    seats = seats_if_known([band for event in page.items for band in event.band_ids]) or {}
    rows = [(event, _is_sold_out(event.band_ids, seats)) for event in page.items]
    return render(request, "web/events.html", {"form": form, "title": title, "page": page, "rows": rows})


@require_safe
def event(request, slug):
    return event_page(request, catalog.get_event_by_slug(slug))


@require_safe
@never_cache
def seats(request, slug):
    """Seats left by price band, for an open page that no socket tells."""
    bands = [band.id for band in catalog.get_event_by_slug(slug).bands]
    found = inventory.availability(bands)
    return JsonResponse({"left": {band: found[band].left if band in found else 0 for band in bands}})


def event_page(request, event: EventContract, status: int = 200):
    """The page of an event; also the answer when a wish for seats makes no sense."""
    seats = seats_if_known([band.id for band in event.bands])
    left = {band_id: found.left for band_id, found in (seats or {}).items()}
    context = {
        "event": event,
        "bands": [(band, left.get(band.id, 0)) for band in event.bands],
        "seats_known": seats is not None,
        "none_left": not any(left.values()),
        "my_hold": _held_here(request, event),
        "quantities": range(1, MOST_SEATS + 1),
    }
    return render(request, "web/event.html", context, status=status)


def seats_if_known(band_ids: list[int]) -> dict[int, AvailabilityContract] | None:
    """The seats; None while inventory is away: the programme can be read without."""
    try:
        return inventory.availability(band_ids)
    except InventoryUnavailable:
        return None


def _held_here(request, event: EventContract) -> str | None:
    """The reference of what the visitor held last, if it was for this event; it may be over."""
    held = request.session.get("held", {})
    return held.get("reference") if request.actor and held.get("slug") == event.slug else None


def _is_sold_out(band_ids, seats: dict[int, AvailabilityContract]) -> bool:
    """Whether every seat is paid for, or about to be. Seats that are only held do not count."""
    known = [seats[band_id] for band_id in band_ids if band_id in seats]
    return bool(known) and all(one.sold_out for one in known)

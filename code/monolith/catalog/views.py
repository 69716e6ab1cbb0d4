from django.db.models import Min
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from monolith.catalog.caching import kept
from monolith.catalog.forms import SearchForm
from monolith.catalog.models import Event
from monolith.inventory.models import MOST_SEATS
from monolith.inventory.stock import seats_left_in
from monolith.utils import page_of

PAGE_SIZE = 12


@require_safe
def events(request):
    form = SearchForm(request.GET)
    title = form.cleaned_data["q"] if form.is_valid() else ""
    number = request.GET.get("page", "1")
    listing = kept(lambda: _render_listing(title, number), "events", title, number)
    return render(request, "catalog/events.html", {"form": form, "listing": listing, "title": title})


def _render_listing(title: str, number: str) -> str:
    """The list as HTML. It is kept for everybody, so nothing about the visitor may be in it."""
    # coupling 5: catalog asks orders, and orders imports catalog, hence the import in here
    from monolith.orders.sales import is_sold_out

    found = Event.objects.filter(starts_at__gt=timezone.now(), title__icontains=title)
    found = found.select_related("venue").annotate(from_price=Min("bands__price")).order_by("starts_at", "pk")
    page = page_of(found, number, PAGE_SIZE)
    for event in page:
        event.sold_out = is_sold_out(event)
    return render_to_string("catalog/_listing.html", {"page": page, "title": title})


@require_safe
def event(request, slug):
    found = get_object_or_404(Event.objects.select_related("venue"), slug=slug)
    return event_page(request, found)


def event_page(request, event: Event, status: int = 200):
    """The page of an event; orders answers with it too, when a wish for seats makes no sense."""
    about = kept(lambda: render_to_string("catalog/_about.html", {"event": event}), "event", event.pk)
    left = seats_left_in(event)
    bands = [(band, left.get(band.pk, 0)) for band in event.bands.all()]
    context = {
        "event": event,
        "about": about,
        "bands": bands,
        "none_left": not any(left.values()),
        "quantities": range(1, MOST_SEATS + 1),
    }
    return render(request, "catalog/event.html", context, status=status)

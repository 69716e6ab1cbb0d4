# fault: the prefetched bands are sorted by price and not by position, as the slow version has them
# breaks: R1
# should say: order | position
from django.db.models import Prefetch

from monolith.catalog.models import Event, PriceBand


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    cheapest_first = Prefetch("bands", queryset=PriceBand.objects.order_by("price"))
    rows = []
    for event in Event.objects.order_by("starts_at", "pk").prefetch_related(cheapest_first):
        rows.append((event.title, [(band.name, band.price) for band in event.bands.all()]))
    return rows

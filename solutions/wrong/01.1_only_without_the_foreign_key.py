# fault: only() leaves out the foreign key to the event, so every prefetched band is fetched once more
# breaks: R2
# should say: queries | only | grows
from django.db.models import Prefetch

from monolith.catalog.models import Event, PriceBand


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    slim = Prefetch("bands", queryset=PriceBand.objects.only("name", "price"))
    rows = []
    for event in Event.objects.only("title").order_by("starts_at", "pk").prefetch_related(slim):
        rows.append((event.title, [(band.name, band.price) for band in event.bands.all()]))
    return rows

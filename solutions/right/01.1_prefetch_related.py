# idea: prefetch_related, and nothing but all() on the relation
from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    rows = []
    for event in Event.objects.order_by("starts_at", "pk").prefetch_related("bands"):
        rows.append((event.title, [(band.name, band.price) for band in event.bands.all()]))
    return rows

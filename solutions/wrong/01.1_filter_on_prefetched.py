# fault: the bands are prefetched, but filter() on the relation ignores them and asks again for every event
# breaks: R2
# should say: queries | prefetch | grows
from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    rows = []
    for event in Event.objects.order_by("starts_at", "pk").prefetch_related("bands"):
        bands = event.bands.filter(price__gt=0)
        rows.append((event.title, [(band.name, band.price) for band in bands]))
    return rows

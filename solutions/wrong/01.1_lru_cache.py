# fault: lru_cache remembers the first answer for as long as the process lives
# breaks: R3
# should say: second call | added | remember | stale
from functools import lru_cache

from monolith.catalog.models import Event


@lru_cache(maxsize=1)
def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    rows = []
    for event in Event.objects.order_by("starts_at", "pk").prefetch_related("bands"):
        rows.append((event.title, [(band.name, band.price) for band in event.bands.all()]))
    return rows

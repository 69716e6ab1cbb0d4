# fault: exists() before the loop is a third query
# breaks: R2
# should say: 3 queries | 3 | queries
from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    events = Event.objects.order_by("starts_at", "pk").prefetch_related("bands")
    if not events.exists():
        return []
    return [(event.title, [(band.name, band.price) for band in event.bands.all()]) for event in events]

# fault: iterator() prefetches once for every chunk of 100 events, so many events mean many queries
# breaks: R2
# should say: queries | iterator | chunk | grows
from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    rows = []
    events = Event.objects.order_by("starts_at", "pk").prefetch_related("bands")
    for event in events.iterator(chunk_size=100):
        rows.append((event.title, [(band.name, band.price) for band in event.bands.all()]))
    return rows

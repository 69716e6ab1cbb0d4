# fault: values_list() on the prefetched relation is a new query for every event
# breaks: R2
# should say: queries | prefetch | grows
from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    events = Event.objects.order_by("starts_at", "pk").prefetch_related("bands")
    return [(event.title, list(event.bands.values_list("name", "price"))) for event in events]

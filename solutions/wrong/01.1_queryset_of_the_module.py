# fault: the queryset lives in the module and keeps its rows after the first loop over it
# breaks: R3
# should say: second call | added | remember | queryset
from monolith.catalog.models import Event

EVENTS = Event.objects.order_by("starts_at", "pk").prefetch_related("bands")


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    return [(event.title, [(band.name, band.price) for band in event.bands.all()]) for event in EVENTS]

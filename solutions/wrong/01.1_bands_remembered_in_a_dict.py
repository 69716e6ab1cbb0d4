# fault: the bands of an event are remembered in a dict of the module, so a band added later is never seen
# breaks: R3
# should say: second call | added | remember | band
from monolith.catalog.models import Event, PriceBand

_bands = {}


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    events = list(Event.objects.order_by("starts_at", "pk"))
    unknown = [event.pk for event in events if event.pk not in _bands]
    if unknown:
        _bands.update({pk: [] for pk in unknown})
        for band in PriceBand.objects.filter(event__in=unknown).order_by("position", "pk"):
            _bands[band.event_id].append((band.name, band.price))
    return [(event.title, list(_bands[event.pk])) for event in events]

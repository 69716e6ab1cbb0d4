# idea: two plain queries, put together in Python by the event's key
# shown beside the book's own answer
from collections import defaultdict

from monolith.catalog.models import Event, PriceBand


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    bands = defaultdict(list)
    in_order = PriceBand.objects.order_by("position", "pk")
    for event_id, name, price in in_order.values_list("event_id", "name", "price"):
        bands[event_id].append((name, price))
    events = Event.objects.order_by("starts_at", "pk").values_list("pk", "title")
    return [(title, bands[pk]) for pk, title in events]

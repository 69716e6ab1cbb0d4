# fault: the bands are collected under the event's title, so two events of one title share their bands
# breaks: R1
# should say: same title | two events | title | rows
from collections import defaultdict

from monolith.catalog.models import Event, PriceBand


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    bands = defaultdict(list)
    for title, name, price in PriceBand.objects.order_by("position", "pk").values_list(
        "event__title", "name", "price"
    ):
        bands[title].append((name, price))
    titles = Event.objects.order_by("starts_at", "pk").values_list("title", flat=True)
    return [(title, bands[title]) for title in titles]

# idea: a single query with a left join, grouped by the event's key; an event without bands gets an empty list
from itertools import groupby

from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    found = Event.objects.order_by("starts_at", "pk", "bands__position", "bands__pk").values_list(
        "pk", "title", "bands__pk", "bands__name", "bands__price"
    )
    rows = []
    for (_, title), joined in groupby(found, key=lambda row: row[:2]):
        bands = [(name, price) for _, _, band_id, name, price in joined if band_id is not None]
        rows.append((title, bands))
    return rows

# fault: one query with a left join, and an event without bands gets one band of (None, None)
# breaks: R1
# should say: without bands | no bands | none | rows
from itertools import groupby

from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    found = Event.objects.order_by("starts_at", "pk", "bands__position", "bands__pk").values_list(
        "pk", "title", "bands__name", "bands__price"
    )
    rows = []
    for (_, title), joined in groupby(found, key=lambda row: row[:2]):
        rows.append((title, [(name, price) for _, _, name, price in joined]))
    return rows

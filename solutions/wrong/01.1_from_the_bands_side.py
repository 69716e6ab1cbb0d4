# fault: it starts from the bands with select_related, so an event without bands is missing
# breaks: R1
# should say: without bands | no bands | missing | rows
from itertools import groupby

from monolith.catalog.models import PriceBand


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    bands = PriceBand.objects.select_related("event").order_by(
        "event__starts_at", "event__pk", "position", "pk"
    )
    return [
        (event.title, [(band.name, band.price) for band in of_event])
        for event, of_event in groupby(bands, key=lambda band: band.event)
    ]

# idea: Prefetch with a queryset of few columns (the foreign key among them) into a list of its own
from django.db.models import Prefetch

from monolith.catalog.models import Event, PriceBand


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    in_order = PriceBand.objects.only("event", "name", "price").order_by("position", "pk")
    events = Event.objects.order_by("starts_at", "pk").prefetch_related(
        Prefetch("bands", queryset=in_order, to_attr="bands_in_order")
    )
    return [(event.title, [(band.name, band.price) for band in event.bands_in_order]) for event in events]

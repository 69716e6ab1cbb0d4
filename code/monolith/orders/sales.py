"""What has been sold."""

from django.db.models import Q, Sum

from monolith.catalog.models import Event, PriceBand
from monolith.orders.models import Order


def is_sold_out(event: Event) -> bool:
    """Whether every seat of the event is paid for. Seats that are only held do not count.

    coupling 5: catalog asks this of orders, which imports catalog: one query for each event in a list.
    """
    paid = Sum("lines__quantity", filter=Q(lines__order__state=Order.State.PAID))
    bands = PriceBand.objects.filter(event=event, allotment__isnull=False).annotate(paid=paid)
    sold = [(paid or 0) >= capacity for capacity, paid in bands.values_list("allotment__capacity", "paid")]
    return bool(sold) and all(sold)

# fault: it counts the events before it reads them, which is a second query
# breaks: R2
# should say: 2 queries | count
from monolith.catalog.models import Event


def titles():
    """The titles of all events, by date."""
    if not Event.objects.count():
        return []
    return list(Event.objects.order_by("starts_at", "pk").values_list("title", flat=True))

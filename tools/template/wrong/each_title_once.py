# fault: two events of one title are taken for one
# breaks: R1
# should say: one title | how many | missing
from monolith.catalog.models import Event


def titles():
    """The titles of all events, by date."""
    return list(dict.fromkeys(event.title for event in Event.objects.order_by("starts_at", "pk")))

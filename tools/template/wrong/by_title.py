# fault: the titles come by the alphabet, not by date
# breaks: R1
# should say: order | date
from monolith.catalog.models import Event


def titles():
    """The titles of all events, by date."""
    return list(Event.objects.order_by("title").values_list("title", flat=True))

# idea: one conditional UPDATE decides and writes in the database; no row changed means too few seats
# shown beside the book's own answer
from django.db.models import F
from django.utils import timezone

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with_room = Allotment.objects.filter(band_id=band_id, capacity__gte=F("sold") + quantity)
    if not with_room.update(sold=F("sold") + quantity, updated_at=timezone.now()):
        raise SoldOut

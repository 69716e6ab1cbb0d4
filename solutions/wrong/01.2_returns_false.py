# fault: it returns False instead of raising SoldOut
# breaks: R1, R3
# should say: soldout | raise
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band; says whether there were enough."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with_room = Allotment.objects.filter(band_id=band_id, sold__lte=F("capacity") - quantity)
    return bool(with_room.update(sold=F("sold") + quantity))

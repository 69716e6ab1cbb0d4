# fault: "less than" where "at most" is meant, so the last seat is refused
# breaks: R5
# should say: last | refused | seats | off by one
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with_room = Allotment.objects.filter(band_id=band_id, sold__lt=F("capacity") - quantity)
    if not with_room.update(sold=F("sold") + quantity):
        raise SoldOut

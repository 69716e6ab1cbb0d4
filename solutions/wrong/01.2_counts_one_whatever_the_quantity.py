# fault: the condition knows the quantity, the write counts one seat
# breaks: R2
# should say: several | quantity | sold | agree
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with_room = Allotment.objects.filter(band_id=band_id, sold__lte=F("capacity") - quantity)
    if not with_room.update(sold=F("sold") + 1):
        raise SoldOut

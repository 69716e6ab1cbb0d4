# fault: only nought is refused; a negative quantity gives sold seats back to the sale
# breaks: R4
# should say: valueerror | -1 | negative | below 1
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if not quantity:
        raise ValueError("quantity must not be 0")
    with_room = Allotment.objects.filter(band_id=band_id, sold__lte=F("capacity") - quantity)
    if not with_room.update(sold=F("sold") + quantity):
        raise SoldOut

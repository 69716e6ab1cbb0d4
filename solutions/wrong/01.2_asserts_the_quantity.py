# fault: an assert raises AssertionError and not ValueError, and nothing at all under python -O
# breaks: R4
# should say: valueerror | assertionerror
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    assert quantity >= 1, "quantity must be 1 or more"
    with_room = Allotment.objects.filter(band_id=band_id, sold__lte=F("capacity") - quantity)
    if not with_room.update(sold=F("sold") + quantity):
        raise SoldOut

# fault: the condition asks for one free seat whatever the quantity, so three of two end in an IntegrityError
# breaks: R3
# should say: integrityerror | soldout | quantity | too few
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    not_full = Allotment.objects.filter(band_id=band_id, sold__lt=F("capacity"))
    if not not_full.update(sold=F("sold") + quantity):
        raise SoldOut

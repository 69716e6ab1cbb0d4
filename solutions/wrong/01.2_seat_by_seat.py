# fault: it sells seat by seat without a transaction, and keeps what it took when the seats run out
# breaks: R3
# should say: as it was | sold | row | changed
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    for _ in range(quantity):
        not_full = Allotment.objects.filter(band_id=band_id, sold__lt=F("capacity"))
        if not not_full.update(sold=F("sold") + 1):
            raise SoldOut

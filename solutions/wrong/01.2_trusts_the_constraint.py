# fault: it writes a number computed from the old row; the constraint sees nothing wrong in a lost update
# breaks: R1, R2
# should say: lost | sold | rival | constraint
from django.db import IntegrityError, transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    allotment = Allotment.objects.get(band_id=band_id)
    allotment.sold += quantity
    try:
        with transaction.atomic():
            allotment.save()
    except IntegrityError:
        raise SoldOut from None

# idea: add with F() in the database, and take the constraint's refusal as SoldOut
from django.db import IntegrityError, transaction
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    try:
        with transaction.atomic():
            found = Allotment.objects.filter(band_id=band_id).update(sold=F("sold") + quantity)
    except IntegrityError:
        raise SoldOut from None
    if not found:
        raise SoldOut

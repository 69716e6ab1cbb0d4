# fault: the transaction ends after the read, and with it the lock; decision and write come unprotected
# breaks: R1, R2
# should say: lock | transaction | atomic | rival
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with transaction.atomic():
        allotment = Allotment.objects.select_for_update().get(band_id=band_id)
    if allotment.capacity - allotment.sold < quantity:
        raise SoldOut
    allotment.sold += quantity
    allotment.save(update_fields=["sold", "updated_at"])

# fault: refresh_from_db just before the write makes the gap smaller and does not close it
# breaks: R1, R2
# should say: rival | between | lock | sold
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with transaction.atomic():
        allotment = Allotment.objects.get(band_id=band_id)
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.refresh_from_db()
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.sold += quantity
        allotment.save(update_fields=["sold", "updated_at"])

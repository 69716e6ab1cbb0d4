# fault: it locks the row, and then decides on and saves the object that it read before the lock
# breaks: R1, R2
# should say: stale | lock | before | rival
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    allotment = Allotment.objects.get(band_id=band_id)
    with transaction.atomic():
        Allotment.objects.select_for_update().get(pk=allotment.pk)
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.sold += quantity
        allotment.save()

# fault: the select_for_update queryset is never evaluated, so nothing is locked before the plain read
# breaks: R1, R2
# should say: lock | lazy | rival | sold
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with transaction.atomic():
        Allotment.objects.select_for_update().filter(band_id=band_id)
        allotment = Allotment.objects.get(band_id=band_id)
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.sold += quantity
        allotment.save(update_fields=["sold", "updated_at"])

# fault: atomic() around read, decide and write: it rolls back, but it keeps nobody from buying in between
# breaks: R1, R2
# should say: atomic | lock | rival | sold
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


@transaction.atomic
def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    allotment = Allotment.objects.get(band_id=band_id)
    if allotment.capacity - allotment.sold < quantity:
        raise SoldOut
    allotment.sold += quantity
    allotment.save(update_fields=["sold", "updated_at"])

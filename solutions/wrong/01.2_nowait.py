# fault: nowait turns "somebody is buying just now" into SoldOut
# breaks: R5
# should say: nowait | refused | seats | wait
from django.db import DatabaseError, transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with transaction.atomic():
        try:
            allotment = Allotment.objects.select_for_update(nowait=True).get(band_id=band_id)
        except DatabaseError:
            raise SoldOut from None
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.sold += quantity
        allotment.save()

# fault: "below 0" where "below 1" is meant: nought seats are sold without complaint
# breaks: R4
# should say: valueerror | 0 | below 1
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 0:
        raise ValueError("quantity must not be negative")
    with transaction.atomic():
        allotment = Allotment.objects.select_for_update().get(band_id=band_id)
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.sold += quantity
        allotment.save()

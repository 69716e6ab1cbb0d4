# fault: with too few seats left it sells the rest, and says nothing
# breaks: R3
# should say: soldout | too few | as it was
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
        left = allotment.capacity - allotment.sold
        if left < 1:
            raise SoldOut
        allotment.sold += min(quantity, left)
        allotment.save()

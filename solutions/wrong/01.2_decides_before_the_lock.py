# fault: the seats are checked before the lock is taken and not again after it: the constraint has to say no
# breaks: R1, R3
# should say: integrityerror | soldout | lock | before
from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    allotment = Allotment.objects.get(band_id=band_id)
    if allotment.capacity - allotment.sold < quantity:
        raise SoldOut  # no need to lock anything
    with transaction.atomic():
        locked = Allotment.objects.select_for_update().get(pk=allotment.pk)
        locked.sold += quantity
        locked.save()

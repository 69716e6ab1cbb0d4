# fault: a threading.Lock keeps out the threads of this process only; another process sells the same seat
# breaks: R1, R2
# should say: process | rival | database | lock
import threading

from django.db import transaction

from monolith.inventory.models import Allotment

_one_at_a_time = threading.Lock()


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    with _one_at_a_time, transaction.atomic():
        allotment = Allotment.objects.get(band_id=band_id)
        if allotment.capacity - allotment.sold < quantity:
            raise SoldOut
        allotment.sold += quantity
        allotment.save()

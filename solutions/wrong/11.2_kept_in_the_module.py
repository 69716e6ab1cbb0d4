# fault: keeps what is to be told until the next commit that somebody makes
# breaks: R2, R3
# should say: pushed
from django.db import transaction
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


pending = []


def sell(bands, quantity, push):
    """Sell `quantity` seats of each of the price bands (ids), or none of any. Raises SoldOut.

    `push(band, left)` tells all open pages how many seats of a band are left.
    """
    with transaction.atomic():
        for band in bands:
            enough = Allotment.objects.filter(band_id=band, sold__lte=F("capacity") - quantity)
            if not enough.update(sold=F("sold") + quantity):
                raise SoldOut(band)
            allotment = Allotment.objects.get(band_id=band)
            pending.append((band, allotment.capacity - allotment.sold))
    transaction.on_commit(lambda: flush(push), robust=True)


def flush(push):
    while pending:
        push(*pending.pop(0))

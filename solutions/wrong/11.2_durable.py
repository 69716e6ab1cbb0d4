# fault: insists on the outermost transaction
# breaks: R2, R3
# should say: runtimeerror
from django.db import transaction
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(bands, quantity, push):
    """Sell `quantity` seats of each of the price bands (ids), or none of any. Raises SoldOut.

    `push(band, left)` tells all open pages how many seats of a band are left.
    """
    with transaction.atomic(durable=True):
        for band in bands:
            enough = Allotment.objects.filter(band_id=band, sold__lte=F("capacity") - quantity)
            if not enough.update(sold=F("sold") + quantity):
                raise SoldOut(band)
            allotment = Allotment.objects.get(band_id=band)
            transaction.on_commit(telling(push, band, allotment.capacity - allotment.sold), robust=True)


def telling(push, band, left):
    """A function that has these bound to it; a partial would do, had it a name for Django's log."""
    return lambda: push(band, left)

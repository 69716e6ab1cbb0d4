# fault: pushes after its block, which may be the inner one
# breaks: R2, R3
# should say: before the commit|nothing pushed
from contextlib import suppress

from django.db import transaction
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(bands, quantity, push):
    """Sell `quantity` seats of each of the price bands (ids), or none of any. Raises SoldOut.

    `push(band, left)` tells all open pages how many seats of a band are left.
    """
    told = []
    with transaction.atomic():
        for band in bands:
            enough = Allotment.objects.filter(band_id=band, sold__lte=F("capacity") - quantity)
            if not enough.update(sold=F("sold") + quantity):
                raise SoldOut(band)
            allotment = Allotment.objects.get(band_id=band)
            told.append((band, allotment.capacity - allotment.sold))
    for band, left in told:
        with suppress(Exception):
            push(band, left)

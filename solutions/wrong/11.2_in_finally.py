# fault: pushes whatever happened
# breaks: R2
# should say: nothing pushed
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
    try:
        with transaction.atomic():
            for band in bands:
                enough = Allotment.objects.filter(band_id=band, sold__lte=F("capacity") - quantity)
                if not enough.update(sold=F("sold") + quantity):
                    raise SoldOut(band)
                allotment = Allotment.objects.get(band_id=band)
                told.append((band, allotment.capacity - allotment.sold))
    finally:
        for band, left in told:
            with suppress(Exception):
                push(band, left)

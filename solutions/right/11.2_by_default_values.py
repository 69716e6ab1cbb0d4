# idea: a function with its own band and number as default values
from django.db import transaction
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


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
            left = allotment.capacity - allotment.sold
            transaction.on_commit(lambda band=band, left=left: push(band, left), robust=True)

# fault: a try around on_commit, which has not called push yet
# breaks: R4
# should say: connectionerror
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
    with transaction.atomic():
        for band in bands:
            enough = Allotment.objects.filter(band_id=band, sold__lte=F("capacity") - quantity)
            if not enough.update(sold=F("sold") + quantity):
                raise SoldOut(band)
            allotment = Allotment.objects.get(band_id=band)
            with suppress(Exception):
                transaction.on_commit(telling(push, band, allotment.capacity - allotment.sold))


def telling(push, band, left):
    """A function that has these bound to it; a partial would do, had it a name for Django's log."""
    return lambda: push(band, left)

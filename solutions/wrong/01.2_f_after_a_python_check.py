# fault: F() adds in the database, but Python decided before: the last seat ends in an IntegrityError
# breaks: R1, R3
# should say: integrityerror | soldout | rival | decide
from django.db.models import F

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    allotment = Allotment.objects.get(band_id=band_id)
    if allotment.capacity - allotment.sold < quantity:
        raise SoldOut
    Allotment.objects.filter(pk=allotment.pk).update(sold=F("sold") + quantity)

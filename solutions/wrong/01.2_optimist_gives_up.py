# fault: if somebody else was quicker it says SoldOut at once, though there are seats left
# breaks: R5
# should say: refused | seats | again | retry
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
    unchanged = Allotment.objects.filter(pk=allotment.pk, sold=allotment.sold)
    if not unchanged.update(sold=allotment.sold + quantity):
        raise SoldOut

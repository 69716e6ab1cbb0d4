# idea: compare and swap: write only if the row is as it was read, otherwise read and decide anew
from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    while True:
        seen = Allotment.objects.values("pk", "capacity", "sold").get(band_id=band_id)
        if seen["capacity"] - seen["sold"] < quantity:
            raise SoldOut
        if Allotment.objects.filter(**seen).update(sold=seen["sold"] + quantity):
            return

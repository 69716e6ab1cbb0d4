# fault: select_for_update outside a transaction, which Django refuses with TransactionManagementError
# breaks: R1, R5
# should say: transaction | atomic
from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(band_id, quantity):
    """Sell `quantity` seats of a price band."""
    if quantity < 1:
        raise ValueError("quantity must be 1 or more")
    allotment = Allotment.objects.select_for_update().get(band_id=band_id)
    if allotment.capacity - allotment.sold < quantity:
        raise SoldOut
    allotment.sold += quantity
    allotment.save()

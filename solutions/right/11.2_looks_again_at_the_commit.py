# idea: once it is committed, look again, and say what is left by then
# shown beside the book's own answer
import logging

from django.db import transaction
from django.db.models import F

from monolith.inventory.models import Allotment

logger = logging.getLogger(__name__)


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


@transaction.atomic
def sell(bands, quantity, push):
    for band in bands:
        enough = Allotment.objects.filter(band_id=band, sold__lte=F("capacity") - quantity)
        if not enough.update(sold=F("sold") + quantity):
            raise SoldOut(band)
    transaction.on_commit(lambda: tell(list(bands), push))


def tell(bands, push):
    for allotment in Allotment.objects.filter(band_id__in=bands):
        try:
            push(allotment.band_id, allotment.capacity - allotment.sold)
        except Exception:
            logger.exception("band %s: nobody was told", allotment.band_id)

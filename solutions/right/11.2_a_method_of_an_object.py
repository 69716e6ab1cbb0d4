# idea: an object for each push, which fails quietly
import contextlib
from dataclasses import dataclass

from django.db import transaction

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    pass


@dataclass
class Told:
    push: object
    band: int
    left: int

    def __call__(self):
        with contextlib.suppress(Exception):
            self.push(self.band, self.left)


def sell(bands, quantity, push):
    told = []
    with transaction.atomic():
        for band in bands:
            row = Allotment.objects.select_for_update().get(band_id=band)
            if row.capacity - row.sold < quantity:
                raise SoldOut
            row.sold += quantity
            row.save(update_fields=["sold"])
            told.append(Told(push, band, row.capacity - row.sold))
    for each in told:
        transaction.on_commit(each)

# fault: a post_save signal, which is sent before anybody has committed
# breaks: R2, R3
# should say: others still read|nothing pushed
from django.db import transaction
from django.db.models.signals import post_save

from monolith.inventory.models import Allotment


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


def sell(bands, quantity, push):
    def saved(instance, **_):
        push(instance.band_id, instance.capacity - instance.sold)

    post_save.connect(saved, sender=Allotment)
    try:
        with transaction.atomic():
            for band in bands:
                allotment = Allotment.objects.select_for_update().get(band_id=band)
                if allotment.sold + quantity > allotment.capacity:
                    raise SoldOut(band)
                allotment.sold += quantity
                allotment.save()
    finally:
        post_save.disconnect(saved, sender=Allotment)

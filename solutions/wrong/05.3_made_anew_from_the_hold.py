# fault: keeps which hold it was, and makes the answer anew from a row that has changed since
# breaks: R1
# should say: changed | as it was given
from django.db import IntegrityError, transaction

from monolith.inventory.models import Hold


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=caller, key=key, asked=body)
            row.status, answer = place_hold(body)
            row.answer = answer["reference"]
            row.save()
            return row.status, answer
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
    if row.asked != body:
        return 422, {"type": "key-reused"}
    hold = Hold.objects.get(reference=row.answer)
    answer = {"reference": str(hold.reference), "band": hold.band_id, "quantity": hold.quantity}
    return row.status, {**answer, "expires_at": hold.expires_at.isoformat()}

# fault: catches SoldOut, and keeps it for ever
# breaks: R4
# should say: soldout | let it through
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=caller, key=key, asked=body)
            try:
                row.status, row.answer = place_hold(body)
            except Exception:
                row.status, row.answer = 409, {"type": "sold-out"}
            row.save()
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
    if row.asked != body:
        return 422, {"type": "key-reused"}
    return row.status, row.answer

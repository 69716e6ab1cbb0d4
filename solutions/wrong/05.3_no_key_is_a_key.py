# fault: an empty key is kept as if it were one: everybody without a key shares an answer
# breaks: R3
# should say: empty key
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=caller, key=key, asked=body)
            row.status, row.answer = place_hold(body)
            row.save()
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
    if row.asked != body:
        return 422, {"type": "key-reused"}
    return row.status, row.answer

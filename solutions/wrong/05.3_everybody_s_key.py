# fault: the key is everybody's: a caller may read a stranger's answer
# breaks: R3
# should say: caller | stranger
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=0, key=key, asked=body)
            row.status, row.answer = place_hold(body)
            row.save()
    except IntegrityError:
        row = kept.objects.get(key=key)
    if row.asked != body:
        return 422, {"type": "key-reused"}
    return row.status, row.answer

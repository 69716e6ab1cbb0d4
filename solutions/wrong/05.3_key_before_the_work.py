# fault: the key is committed before the work, and taken back by except, which a dead process does not run
# breaks: R5
# should say: used up | dies
from django.db import IntegrityError


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        row = kept.objects.create(caller=caller, key=key, asked=body)
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
        if row.asked != body:
            return 422, {"type": "key-reused"}
        return row.status or 409, row.answer
    try:
        row.status, row.answer = place_hold(body)
    except Exception:
        row.delete()
        raise
    row.save()
    return row.status, row.answer

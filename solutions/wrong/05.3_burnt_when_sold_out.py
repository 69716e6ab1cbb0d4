# fault: a request that was refused leaves its key behind, and is never done
# breaks: R4, R5
# should say: used up | refusal | free
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
        return row.status, row.answer
    row.status, row.answer = place_hold(body)
    row.save()
    return row.status, row.answer

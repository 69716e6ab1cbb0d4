# fault: keeps that there was a request, and not what it was told
# breaks: R1
# should say: first | told | answer
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=caller, key=key, asked=body)
            status, answer = place_hold(body)
            return status, answer
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
        if row.asked != body:
            return 422, {"type": "key-reused"}
        return 200, {}

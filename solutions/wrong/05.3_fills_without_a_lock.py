# fault: a row to be filled, but nobody locks it: two may find it empty, and fill it
# breaks: R6
# should say: 2 holds | did the work
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    row, created = kept.objects.get_or_create(caller=caller, key=key, defaults={"asked": body})
    with transaction.atomic():
        if row.asked != body:
            return 422, {"type": "key-reused"}
        if row.status is None:
            row.status, row.answer = place_hold(body)
            row.save()
        return row.status, row.answer

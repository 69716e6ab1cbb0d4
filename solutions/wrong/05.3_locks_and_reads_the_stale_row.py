# fault: locks the row, and decides by what was read before the lock
# breaks: R6
# should say: 2 holds | did the work
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    row, made = kept.objects.get_or_create(caller=caller, key=key, defaults={"asked": body})
    if row.asked != body:
        return 422, {}
    with transaction.atomic():
        kept.objects.select_for_update().get(pk=row.pk)
        if row.status is None:
            row.status, row.answer = place_hold(body)
            row.save()
    return row.status, row.answer

# fault: places a hold to have something to keep, and rolls it back if there was a key: not in a house that is full
# breaks: R1, R6
# should say: soldout | last seats
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    with transaction.atomic():
        status, answer = place_hold(body)
        row, made = kept.objects.get_or_create(
            caller=caller, key=key, defaults={"asked": body, "status": status, "answer": answer}
        )
        if not made:
            transaction.set_rollback(True)
    if row.asked != body:
        return 422, {}
    return row.status, row.answer

# idea: make the row first, in a transaction of its own; then lock it, and fill it if nobody has
# shown beside the book's own answer
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    """(status, answer) of a request with this Idempotency-Key. `kept` is the model of kept answers."""
    if not key:
        return place_hold(body)
    kept.objects.get_or_create(caller=caller, key=key, defaults={"asked": body})
    with transaction.atomic():
        row = kept.objects.select_for_update().get(caller=caller, key=key)
        if row.asked != body:
            return 422, {"type": "key-reused", "status": 422}
        if row.status is None:  # not done yet, or begun by somebody who is no more
            row.status, row.answer = place_hold(body)
            row.save()
        return row.status, row.answer

# fault: a lock on a row that does not exist yet keeps nobody out
# breaks: R6
# should say: integrityerror | unique | lock
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    with transaction.atomic():
        row = kept.objects.select_for_update().filter(caller=caller, key=key).first()
        if row is not None:
            if row.asked != body:
                return 422, {"type": "key-reused"}
            return row.status, row.answer
        status, answer = place_hold(body)
        kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
        return status, answer

# fault: a lock that other processes do not know
# breaks: R6
# should say: integrityerror | unique
import threading

from django.db import transaction

LOCK = threading.Lock()


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    with LOCK, transaction.atomic():
        row = kept.objects.filter(caller=caller, key=key).first()
        if row:
            return (row.status, row.answer) if row.asked == body else (422, {})
        status, answer = place_hold(body)
        kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
    return status, answer

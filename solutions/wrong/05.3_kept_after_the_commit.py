# fault: keeps the answer after the commit of the hold: in between, everything may end
# breaks: R5, R6
# should say: dies | together | 2 holds
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    row = kept.objects.filter(caller=caller, key=key).first()
    if row:
        return (row.status, row.answer) if row.asked == body else (422, {})
    with transaction.atomic():
        status, answer = place_hold(body)
        transaction.on_commit(
            lambda: kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
        )
    return status, answer

# fault: whoever comes second is told that somebody is at work, though the work is done
# breaks: R6
# should say: told | 409
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    row = kept.objects.filter(caller=caller, key=key).first()
    if row:
        return (row.status, row.answer) if row.asked == body else (422, {})
    try:
        with transaction.atomic():
            status, answer = place_hold(body)
            kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
        return status, answer
    except IntegrityError:
        return 409, {"detail": "in progress"}

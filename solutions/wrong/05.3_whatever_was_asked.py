# fault: does not look at the body: another request gets the first one's answer
# breaks: R2
# should say: 422 | mistake
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=caller, key=key)
            row.status, row.answer = place_hold(body)
            row.save()
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
    return row.status, row.answer

# fault: fills a row that nobody has locked, and removes it when something goes wrong
# breaks: R6
# should say: 2 holds | did the work
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    try:
        row = kept.objects.create(caller=caller, key=key, asked=body)
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
        if row.asked != body:
            return 422, {}
        if row.status:
            return row.status, row.answer
    try:
        with transaction.atomic():
            row.status, row.answer = place_hold(body)
            row.save()
    except BaseException:
        kept.objects.filter(pk=row.pk).delete()
        raise
    return row.status, row.answer

# fault: compares how the body is written, and not what it says
# breaks: R2
# should say: same body | order | written
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    asked = str(body)
    try:
        with transaction.atomic():
            row = kept.objects.create(caller=caller, key=key, asked=asked)
            row.status, row.answer = place_hold(body)
            row.save()
    except IntegrityError:
        row = kept.objects.get(caller=caller, key=key)
    if row.asked != asked:
        return 422, {"type": "key-reused"}
    return row.status, row.answer

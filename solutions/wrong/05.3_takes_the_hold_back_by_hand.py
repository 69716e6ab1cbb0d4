# fault: undoes the second hold by hand, which a dead process does not do
# breaks: R5
# should say: dies | 2 holds
from django.db import IntegrityError

from monolith.inventory.models import Hold


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    status, answer = place_hold(body)
    try:
        kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
        return status, answer
    except IntegrityError:
        Hold.objects.filter(reference=answer["reference"]).delete()
        row = kept.objects.get(caller=caller, key=key)
        return (row.status, row.answer) if row.asked == body else (422, {})

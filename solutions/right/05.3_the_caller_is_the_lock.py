# idea: lock the caller's own row, so that a caller's requests come one after the other
from django.db import transaction

from monolith.accounts.models import User


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    with transaction.atomic():
        list(User.objects.select_for_update().filter(pk=caller))
        row = kept.objects.filter(caller=caller, key=key).first()
        if row is None:
            status, answer = place_hold(body)
            row = kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
        elif row.asked != body:
            return 422, {"type": "key-reused"}
        return row.status, row.answer

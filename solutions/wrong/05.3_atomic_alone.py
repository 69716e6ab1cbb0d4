# fault: one transaction, but whoever comes second gets an IntegrityError
# breaks: R6
# should say: integrityerror | unique
from django.db import transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    with transaction.atomic():
        row = kept.objects.filter(caller=caller, key=key).first()
        if row is not None:
            if row.asked != body:
                return 422, {"type": "key-reused"}
            return row.status, row.answer
        status, answer = place_hold(body)
        kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
        return status, answer

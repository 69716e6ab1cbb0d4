# fault: catches IntegrityError inside the transaction that it broke, and reads on in there
# breaks: R1, R2
# should say: transactionmanagementerror
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    with transaction.atomic():
        try:
            row = kept.objects.create(caller=caller, key=key, asked=body)
        except IntegrityError:
            row = kept.objects.get(caller=caller, key=key)
            if row.asked != body:
                return 422, {"type": "key-reused"}
            return row.status, row.answer
        row.status, row.answer = place_hold(body)
        row.save()
        return row.status, row.answer

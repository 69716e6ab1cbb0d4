# idea: insert without minding whether it was there, lock the row, look into it; all in one transaction
from django.db import transaction


@transaction.atomic
def _once(kept, place_hold, caller, key, body):
    kept.objects.bulk_create([kept(caller=caller, key=key, asked=body)], ignore_conflicts=True)
    row = kept.objects.select_for_update().get(caller=caller, key=key)
    if row.asked != body:
        return 422, {"error": "key reused"}
    if row.answer is None:
        row.status, row.answer = place_hold(body)
        row.save()
    return row.status, row.answer


def once(kept, place_hold, *, caller, key, body):
    return _once(kept, place_hold, caller, key, body) if key else place_hold(body)

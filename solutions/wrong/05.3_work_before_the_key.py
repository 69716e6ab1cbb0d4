# fault: works before the key is written: the twin of this request takes the last seats, and this one is told that the house is sold out
# breaks: R6
# should say: soldout | last seats
from django.db import IntegrityError, transaction


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    found = kept.objects.filter(caller=caller, key=key).first()
    if found is None:
        try:
            with transaction.atomic():
                status, answer = place_hold(body)
                kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
            return status, answer
        except IntegrityError:
            found = kept.objects.get(caller=caller, key=key)
    if found.asked != body:
        return 422, None
    return found.status, found.answer

# fault: keeps answers in the memory of one process
# breaks: R1, R5, R6
# should say: table
from django.core.cache import cache


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    name = f"{caller}:{key}"
    found = cache.get(name)
    if found is None:
        status, answer = place_hold(body)
        cache.set(name, (body, status, answer), 3600)
        return status, answer
    asked, status, answer = found
    return (status, answer) if asked == body else (422, {})

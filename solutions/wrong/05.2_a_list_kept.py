# fault: remembers the list of the first page: what arrives later is never met, and the address is of use once
# breaks: R2
# should say: never met | ahead
from django.core.cache import cache
from rest_framework.exceptions import NotFound

from monolith.catalog.models import Event


def events(request):
    token, start = request.query_params.get("list"), request.query_params.get("from", "0")
    if token is None:
        token = "walk"
        ids = list(Event.objects.order_by("starts_at", "pk").values_list("pk", flat=True))
        cache.set(token, ids)
    ids = cache.get(token) if token == "walk" else None
    if ids is None or not start.isdecimal() or not start.isascii() or len(start) > 9:
        raise NotFound
    start = int(start)
    rows = Event.objects.in_bulk(ids[start : start + 10])
    following = f"?list={token}&from={start + 10}" if start + 10 < len(ids) else None
    return {
        "next": following,
        "results": [
            {"id": pk, "title": rows[pk].title, "starts_at": rows[pk].starts_at}
            for pk in ids[start : start + 10]
            if pk in rows
        ],
    }

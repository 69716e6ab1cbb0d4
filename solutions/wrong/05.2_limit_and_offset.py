# fault: limit and offset: a number to pass over, under another name
# breaks: R2, R3
# should say: pass over | twice | never
from rest_framework.pagination import LimitOffsetPagination

from monolith.catalog.models import Event


class EventPages(LimitOffsetPagination):
    default_limit = 10


def events(request):
    pages = EventPages()
    rows = pages.paginate_queryset(Event.objects.order_by("starts_at", "id"), request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }

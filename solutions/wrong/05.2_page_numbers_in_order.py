# fault: page numbers count from the beginning, which moves when events come or go
# breaks: R2, R3
# should say: twice | never | pass over
from rest_framework.pagination import PageNumberPagination

from monolith.catalog.models import Event


class EventPages(PageNumberPagination):
    page_size = 10


def events(request):
    pages = EventPages()
    rows = pages.paginate_queryset(Event.objects.order_by("starts_at", "pk"), request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }

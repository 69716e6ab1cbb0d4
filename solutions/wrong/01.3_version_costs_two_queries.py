# fault: the version in the key is asked for in a query of its own, so a kept page costs two
# breaks: R1
# should say: 2 queries | queries | at most 1
from django.core.cache import cache
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    bands = event.bands.aggregate(newest=Max("updated_at"), number=Count("pk"))
    newest = bands["newest"].isoformat() if bands["newest"] else "none"
    key = f"event-page:{event.pk}:{event.updated_at.isoformat()}:{newest}:{bands['number']}"
    body = cache.get_or_set(key, lambda: _body(event), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

# fault: the key holds the newest band's updated_at, which a new title (or a band taken away) does not move
# breaks: R3
# should say: title | stale | old | change
from django.core.cache import cache
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event.objects.annotate(version=Max("bands__updated_at")), slug=slug)
    version = event.version.isoformat() if event.version else "none"
    body = cache.get_or_set(f"event-page:{event.pk}:{version}", lambda: _body(event), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

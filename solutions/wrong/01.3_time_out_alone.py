# fault: nothing but a time-out of a minute makes a page stale
# breaks: R3
# should say: change | stale | old | admin
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event


def _body(slug):
    event = get_object_or_404(Event, slug=slug)
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    body = cache.get_or_set(f"event-page:{slug}", lambda: _body(slug), 60)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

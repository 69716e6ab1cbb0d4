# fault: incr() raises ValueError if the version is gone, so after an emptied cache a save breaks
# breaks: R5
# should say: emptied | valueerror | cleared
from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand

VERSION = "event-pages:version"

cache.add(VERSION, 1, None)


@receiver([post_save, post_delete], sender=Event)
@receiver([post_save, post_delete], sender=PriceBand)
def renew_version(**kwargs):
    transaction.on_commit(lambda: cache.incr(VERSION))


def _body(slug):
    event = get_object_or_404(Event, slug=slug)
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    body = cache.get_or_set(f"event-page:{cache.get(VERSION)}:{slug}", lambda: _body(slug), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

# idea: every key holds a random version of the whole catalogue, which signals renew after the commit
import uuid

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand

VERSION = "event-pages:version"


def _new_version():
    return uuid.uuid4().hex


@receiver([post_save, post_delete], sender=Event)
@receiver([post_save, post_delete], sender=PriceBand)
def renew_version(**kwargs):
    transaction.on_commit(lambda: cache.set(VERSION, _new_version(), None))


def _body(slug):
    event = get_object_or_404(Event, slug=slug)
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    version = cache.get_or_set(VERSION, _new_version, None)
    body = cache.get_or_set(f"event-page:{version}:{slug}", lambda: _body(slug), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

# fault: kept by slug, and only the new slug's key is deleted: the old address goes on showing the old page
# breaks: R3
# should say: slug | address | stale | old
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand


def _key(slug):
    return f"event-page:{slug}"


@receiver([post_save, post_delete], sender=Event)
def event_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, _key(instance.slug)))


@receiver([post_save, post_delete], sender=PriceBand)
def band_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, _key(instance.event.slug)))


def _body(slug):
    event = get_object_or_404(Event, slug=slug)
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    body = cache.get_or_set(_key(slug), lambda: _body(slug), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

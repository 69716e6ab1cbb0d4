# fault: one copy for visitors who are logged in and one for the others: everybody logged in shares one name
# breaks: R4
# should say: name | greeting | visitor
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand


def _key(event_pk, known):
    return f"event-page:{event_pk}:{'known' if known else 'guest'}"


def _forget(event_pk):
    keys = [_key(event_pk, known) for known in (True, False)]
    transaction.on_commit(partial(cache.delete_many, keys))


@receiver([post_save, post_delete], sender=Event)
def event_changed(instance, **kwargs):
    _forget(instance.pk)


@receiver([post_save, post_delete], sender=PriceBand)
def band_changed(instance, **kwargs):
    _forget(instance.event_id)


def event_page(request, slug):
    event = get_object_or_404(Event, slug=slug)
    known = request.user.is_authenticated
    page = cache.get(_key(event.pk, known))
    if page is None:
        name = request.user.display_name if known else "and welcome"
        bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
        page = format_html("<p>Hello {}</p><h1>{}</h1><ul>{}</ul>", name, event.title, bands)
        cache.set(_key(event.pk, known), page, 300)
    return HttpResponse(page)

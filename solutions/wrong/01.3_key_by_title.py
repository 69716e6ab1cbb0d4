# fault: the key is made of the title, so two events of one title share a page
# breaks: R2
# should say: own page | same title | title | key
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join
from django.utils.text import slugify

from monolith.catalog.models import Event, PriceBand


def _key(event):
    return f"event-page:{slugify(event.title)}"


@receiver([post_save, post_delete], sender=Event)
def event_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, _key(instance)))


@receiver([post_save, post_delete], sender=PriceBand)
def band_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, _key(instance.event)))


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    body = cache.get_or_set(_key(event), lambda: _body(event), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

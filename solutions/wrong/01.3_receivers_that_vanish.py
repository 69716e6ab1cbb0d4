# fault: the receivers are local functions, which signals hold weakly: they are gone before the first save
# breaks: R3
# should say: change | stale | old | signal
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand


def _key(event_pk):
    return f"event-page:{event_pk}"


def forget_page_on(model, event_pk_of):
    def forget(instance, **kwargs):
        transaction.on_commit(partial(cache.delete, _key(event_pk_of(instance))))

    for signal in (post_save, post_delete):
        signal.connect(forget, sender=model)


forget_page_on(Event, lambda event: event.pk)
forget_page_on(PriceBand, lambda band: band.event_id)


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    body = cache.get_or_set(_key(event.pk), lambda: _body(event), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))

"""The sockets of a deployable: those of the contexts that live in it."""

from importlib import import_module
from importlib.util import find_spec

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application


async def no_such_address(scope, receive, send):
    """Refused before it is open: a browser sees a 403."""
    await send({"type": "websocket.close"})


def application():
    """An ASGI application: Django for HTTP, and beside it the sockets."""
    http = get_asgi_application()  # loads the apps, so it comes first
    from django.urls import re_path

    found = []
    for context in settings.CONTEXTS:
        if find_spec(f"boxoffice.contexts.{context}.live"):
            found += import_module(f"boxoffice.contexts.{context}.live").addresses()
    routes = [*found, re_path("", no_such_address)]
    return ProtocolTypeRouter(
        {"http": http, "websocket": OriginValidator(URLRouter(routes), settings.LIVE_ORIGINS)}
    )

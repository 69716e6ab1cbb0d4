"""Who listens to whom, and the processes that carry what is told: the chassis knows no context, and here is where both meet."""

import os
import socket
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from redis import Redis

from boxoffice.chassis.inbox import Reader
from boxoffice.chassis.outbox import Outbox
from boxoffice.chassis.relay import Relay

# By who tells it. A message leaves its outbox once all of these are done with it.
READERS = {"orders": ("notifications",), "inventory": ("notifications",)}


def outboxes() -> list[Outbox]:
    """Of the contexts that live here."""
    return [_events(context).outbox for context in settings.CONTEXTS if context in READERS]


def relays() -> list[Relay]:
    """One for each outbox that is here. ImproperlyConfigured where no Redis is named."""
    redis = connect()
    return [Relay(outbox, READERS[outbox.context], redis) for outbox in outboxes()]


def readers(name: str = "") -> list[Reader]:
    """One for each context here that listens; `name` tells this process from others that read beside it."""
    redis, name = connect(), name or f"{socket.gethostname()}-{os.getpid()}"
    return [
        Reader(redis, context, name, _acts(context), _model(context, "DeadLetter"))
        for context in settings.CONTEXTS
        if _acts(context)
    ]


def _acts(context: str) -> dict:
    """What a context does with whatever it hears, by stream."""
    return {Outbox(source).stream: act for source, act in getattr(_events(context), "HEARS", {}).items()}


def connect() -> Redis:
    if not settings.REDIS_URL:
        raise ImproperlyConfigured("REDIS_URL must be set: messages travel in Redis.")
    return Redis.from_url(settings.REDIS_URL, decode_responses=True, socket_timeout=10)


def _events(context: str):
    return import_module(f"boxoffice.contexts.{context}.events")


def _model(context: str, name: str):
    from django.apps import apps

    return apps.get_model(context, name)

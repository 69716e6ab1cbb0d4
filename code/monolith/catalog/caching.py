"""The rendered parts of the catalogue that are kept, and when they stop being true.

Every key holds the catalogue's version. A change sets a new version, so nothing made from the old rows
is found again; it runs out by itself. The new version is set after the commit: before it, somebody could
render the old rows under the new version.
"""

import hashlib
import uuid

from django.core.cache import cache
from django.db import transaction

VERSION = "catalog:version"
SECONDS = 60


def _version() -> str:
    return cache.get_or_set(VERSION, lambda: uuid.uuid4().hex, None)


def kept(render, *depends_on) -> str:
    """What `render()` gives: made anew if the catalogue changed, or for a new `depends_on`."""
    digest = hashlib.sha256(repr((_version(), *depends_on)).encode()).hexdigest()
    return cache.get_or_set(f"catalog:{digest}", render, SECONDS)


def catalogue_changed() -> None:
    """Make all rendered parts stale once the current transaction commits."""
    transaction.on_commit(lambda: cache.set(VERSION, uuid.uuid4().hex, None))

"""Somebody else's request, at a moment of the check's choosing: no threads, and no luck."""

from contextlib import contextmanager


@contextmanager
def elsewhere(alias: str = "default"):
    """Inside the block, the ORM uses a connection of its own, as a request in another thread would.

    It reads what was committed, and nothing that is still open on the connection outside. Writing
    while a transaction is open outside would wait for it in vain: read only.
    """
    from django.db import connections

    outside = connections[alias]
    connections[alias] = connections.create_connection(alias)
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        connections[alias] = outside

"""The number of unread notifications: every page shows it.

Kept in this process, as long as this process alone writes them. Where a listener does, in another one, it is counted each time.
"""

from django.conf import settings
from django.core.cache import cache

from boxoffice.contexts.notifications.models import Notification

SECONDS = 300


def _key(user_id: int) -> str:
    return f"unread:{user_id}"


def push(user_id: int) -> None:
    """Count one more. Where nothing is kept yet, the next page counts for itself."""
    try:
        cache.incr(_key(user_id))
    except ValueError:
        cache.delete(_key(user_id))


def forget(user_id: int) -> None:
    cache.delete(_key(user_id))


def count(user_id: int) -> int:
    unread = Notification.objects.filter(recipient_id=user_id, is_read=False)
    if settings.REDIS_URL:
        return unread.count()
    return cache.get_or_set(_key(user_id), unread.count, SECONDS)

"""The number of unread notifications, kept in the cache: every page shows it."""

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
    return cache.get_or_set(_key(user_id), unread.count, SECONDS)

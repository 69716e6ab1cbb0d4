"""The number of unread notifications, kept in the cache, and shown on every page."""

from django.core.cache import cache

from monolith.notifications.models import Notification

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


def count(user) -> int:
    unread = Notification.objects.filter(recipient=user, is_read=False)
    return cache.get_or_set(_key(user.pk), unread.count, SECONDS)


def unread(request) -> dict:
    """Context processor: `unread` is asked for by the base template, if somebody is logged in."""
    return {"unread": lambda: count(request.user)}

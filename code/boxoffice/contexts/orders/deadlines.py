"""How long a purchase may take: every deadline on its way, and some more."""

from django.conf import settings


def longest_attempt() -> float:
    """Seconds. After them an attempt to pay that was not heard of is dead, and whoever waits for it may stop."""
    return settings.PAYMENTS_TIMEOUT * 2 + settings.CALL_SECONDS * 6

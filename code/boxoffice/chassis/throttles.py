"""Brakes: how often one caller may do what is dear, or what an attacker would do often.

Rates come from settings.THROTTLES ("60/min"; None for no limit) and are counted in the cache: with the cache of
one process, each process counts for itself, and all that start anew forget. DRF reads and writes the count in two
steps, so a burst may pass a little more than the rate. It is a brake, not a lock: what must never happen more
often is for the database to say.
"""

import hashlib

from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle


class Throttle(SimpleRateThrottle):
    """Counts one kind of request, `scope`, by whatever `subject` says; None is not counted."""

    def get_rate(self):
        return settings.THROTTLES[self.scope]

    def get_cache_key(self, request, view):
        subject = self.subject(request)
        return None if subject is None else f"throttle-{self.scope}-{subject}"

    def subject(self, request) -> str | int | None:
        raise NotImplementedError


class HoldsOfAPerson(Throttle):
    """Seats are kept for nothing: whoever keeps asking takes them from everybody else."""

    scope = "holds"

    def subject(self, request):
        return request.user.actor.id if request.user and request.user.actor else None


class LoginsOfAnAddress(Throttle):
    """Passwords are guessed for one account from many machines, so the account is counted and not the machine."""

    scope = "logins"

    def subject(self, request):
        email = request.data.get("email") if isinstance(request.data, dict) else None
        if not isinstance(email, str):
            return None
        # whatever was sent, the cache gets a short key of plain letters
        return hashlib.sha256(email.lower().encode("utf-8", "replace")).hexdigest()

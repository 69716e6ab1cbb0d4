"""Who is visiting: the tokens in the session, renewed before they end."""

import logging
from functools import wraps

from django.conf import settings
from django.http import HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.utils.http import urlencode

from boxoffice.chassis import tokens
from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.errors import FacadeError
from boxoffice.contexts.accounts import facade as accounts
from boxoffice.contexts.accounts.contracts import NotRenewed, TokensContract
from boxoffice.contexts.notifications import facade as notifications

logger = logging.getLogger(__name__)

RENEW_BEFORE = 30  # seconds before its end


class VisitorMiddleware:
    """`request.actor`: the person who is logged in, or None."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.actor = _actor(request)
        return self.get_response(request)


def _actor(request) -> Actor | None:
    access = request.session.get("access")
    if not access:
        return None
    if tokens.seconds_left(access) < RENEW_BEFORE:
        try:
            _keep(request, accounts.renew(request.session["refresh"]))
        except NotRenewed:
            log_out(request)
            return None
        except FacadeError:  # nobody can renew it: it is good until its end
            logger.warning("a session was not renewed", exc_info=True)
    try:
        return tokens.actor(request.session["access"])
    except tokens.BadToken:
        return None


def _keep(request, held: TokensContract) -> None:
    request.session["access"], request.session["refresh"] = held.access, held.refresh


def log_in(request, held: TokensContract) -> None:
    """Begin a session for whoever holds these tokens; nothing of the visitor's earlier one remains."""
    request.session.flush()
    _keep(request, held)
    rotate_token(request)
    request.actor = tokens.actor(held.access)


def log_out(request) -> None:
    request.session.flush()
    request.actor = None


def visitor(request) -> dict:
    """Context processor: `actor`, `unread`, which the base template asks for if somebody is logged in, and `live`: where
    sockets are opened, or nothing."""
    return {"actor": request.actor, "unread": lambda: _unread(request.actor), "live": settings.LIVE_URL}


def _unread(actor: Actor) -> int:
    try:
        return notifications.unread_count(actor=actor)
    except FacadeError:  # no page fails for want of a number
        return 0


def to_login(request, login: str = "/accounts/login/") -> HttpResponseRedirect:
    """To the login page, which leads back here. (Django's own helper needs Django's own users.)"""
    return HttpResponseRedirect(f"{login}?{urlencode({'next': request.get_full_path()})}")


def log_in_first(view):
    """For a view: whoever is not logged in is sent to the login page, and back."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.actor is None:
            return to_login(request)
        return view(request, *args, **kwargs)

    return checked

"""Who is using an admin: the person whom the token names, whatever process the admin runs in.

Where accounts is embedded, that is the account itself. Elsewhere a service keeps a shadow of it in its own
auth tables, found by the token's `sub`, and brought up to date from the token at each visit: the admin's
log and permissions need a row to point at.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject

from boxoffice.chassis import tokens
from boxoffice.chassis.contracts import Actor


class BearerActorMiddleware:
    """`request.actor` from the Authorization header; None without a token that holds."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            request.actor = tokens.actor(token) if scheme.lower() == "bearer" else None
        except tokens.BadToken:
            request.actor = None
        return self.get_response(request)


class ActorUserMiddleware(AuthenticationMiddleware):
    """`request.user` from `request.actor`, looked up when somebody asks (the admin does)."""

    def process_request(self, request):
        request.user = SimpleLazyObject(lambda: user_of(request.actor))


def user_of(actor: Actor | None):
    if actor is None:
        return AnonymousUser()
    model = get_user_model()
    if settings.AUTH_USER_MODEL != "auth.User":  # the accounts themselves
        return model.objects.filter(pk=actor.id, is_active=True).first() or AnonymousUser()
    told = {
        "email": actor.email,
        "first_name": actor.name[:150],
        "is_staff": actor.is_staff,
        "is_superuser": actor.is_superuser,
        "is_active": True,
    }
    shadow, _ = model.objects.update_or_create(
        username=str(actor.id), defaults=told, create_defaults={**told, "password": make_password(None)}
    )
    return shadow

"""Who may call an API."""

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from boxoffice.chassis import tokens


class Caller:
    """Whoever is calling: a person (`actor`), or a service that speaks for the `contexts` it runs."""

    is_authenticated = True

    def __init__(self, actor=None, contexts: frozenset[str] = frozenset()) -> None:
        self.actor = actor
        self.contexts = contexts


class BearerAuthentication(BaseAuthentication):
    """A token in the Authorization header, verified with accounts' public keys."""

    def authenticate(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise exceptions.AuthenticationFailed("A bearer token is wanted.")
        try:
            return Caller(actor=tokens.actor(token)), token
        except tokens.BadToken as not_a_person:
            try:
                found = tokens.claims(token, "service")
            except tokens.BadToken:
                raise exceptions.AuthenticationFailed("The token is not valid.") from not_a_person
        return Caller(contexts=frozenset(found.get("contexts", []))), token

    def authenticate_header(self, request):
        return "Bearer"


class Anybody(BasePermission):
    """No token is needed."""


class People(BasePermission):
    """A person, with an access token."""

    def has_permission(self, request, view):
        return bool(request.user and request.user.actor)


def only(*contexts: str) -> type[BasePermission]:
    """A permission: services that run one of these contexts."""

    class Only(BasePermission):
        def has_permission(self, request, view):
            return bool(request.user and request.user.contexts & set(contexts))

    return Only

"""Making tokens: with the private key, which no other service has."""

import time
from functools import lru_cache

import jwt
from django.conf import settings

from boxoffice.chassis.keys import private_from, public_jwk
from boxoffice.chassis.tokens import ALGORITHM, AUDIENCE, ISSUER
from boxoffice.contexts.accounts.contracts import TokensContract
from boxoffice.contexts.accounts.models import User


@lru_cache(maxsize=2)
def _key(pem: str):
    private = private_from(pem)
    return private, public_jwk(private)["kid"]


def _sign(use: str, subject: str, seconds: float, **claims) -> str:
    private, kid = _key(settings.TOKEN_PRIVATE_KEY)
    now = time.time()
    claims |= {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "use": use, "iat": now, "exp": now + seconds}
    return jwt.encode(claims, private, algorithm=ALGORITHM, headers={"kid": kid})


def tokens_for(user: User) -> TokensContract:
    """An access token that says who this is, and a refresh token that ends with the password."""
    subject = str(user.pk)
    return TokensContract(
        access=_sign(
            "access",
            subject,
            settings.TOKEN_SECONDS,
            email=user.email,
            name=user.display_name,
            staff=user.is_staff,
            superuser=user.is_superuser,
        ),
        refresh=_sign(
            "refresh", subject, settings.REFRESH_SECONDS, password=user.get_session_auth_hash()[:16]
        ),
    )


def token_for_service(name: str, contexts: list[str]) -> str:
    return _sign("service", name, settings.TOKEN_SECONDS, contexts=contexts)

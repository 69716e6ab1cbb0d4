"""Who is calling: tokens that accounts signs with its private key, and everybody can verify.

A service has the public keys alone (`TOKEN_PUBLIC_KEYS`, a JWK set), so no service but accounts can make
a token, and a leaked setting of one opens nothing. No SECRET_KEY is shared, and no header with a user's
number is ever believed.

    use       who it speaks for
    access    a person, for some minutes: the `sub` is the number of the account
    refresh   the same person, to accounts alone, for a new access token
    service   a service: the `sub` is its name
"""

import time
from functools import lru_cache

import jwt
from django.conf import settings

from boxoffice.chassis.contracts import Actor

ISSUER, AUDIENCE, ALGORITHM = "accounts", "boxoffice", "EdDSA"


class BadToken(Exception):
    """The token proves nothing: forged, expired, or meant for something else."""


@lru_cache(maxsize=8)
def _keys(jwk_set: str) -> dict[str, object]:
    return {key.key_id: key.key for key in jwt.PyJWKSet.from_json(jwk_set).keys}


def claims(token: str, use: str) -> dict:
    """The verified claims of a token for that use; BadToken if anything about it is wrong."""
    try:
        key = _keys(settings.TOKEN_PUBLIC_KEYS)[jwt.get_unverified_header(token)["kid"]]
        found = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "sub", "iss", "aud"]},
        )
    except (jwt.PyJWTError, KeyError) as problem:  # also where no key is known at all
        raise BadToken(str(problem)) from None
    if found.get("use") != use:
        raise BadToken(f"not meant for {use}")
    return found


def actor(token: str) -> Actor:
    """The person that an access token speaks for."""
    found = claims(token, "access")
    try:
        return Actor(
            id=int(found["sub"]),
            email=found["email"],
            name=found["name"],
            is_staff=found.get("staff", False),
            is_superuser=found.get("superuser", False),
            token=token,
        )
    except (KeyError, ValueError) as problem:
        raise BadToken("an access token without a person") from problem


def service_name(token: str) -> str:
    """The service that a service token speaks for."""
    return claims(token, "service")["sub"]


def seconds_left(token: str) -> float:
    """Until the token ends; the signature is not looked at."""
    try:
        return jwt.decode(token, options={"verify_signature": False})["exp"] - time.time()
    except (jwt.InvalidTokenError, KeyError):
        return 0

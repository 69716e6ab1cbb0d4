"""What may be asked of accounts."""

import hashlib
import hmac

from django.conf import settings

from boxoffice.chassis import tokens
from boxoffice.contexts.accounts.contracts import NotRenewed, TokensContract, WrongCredentials
from boxoffice.contexts.accounts.models import User
from boxoffice.contexts.accounts.signing import token_for_service, tokens_for


def renew(refresh: str) -> TokensContract:
    try:
        claims = tokens.claims(refresh, "refresh")
    except tokens.BadToken:
        raise NotRenewed() from None
    user = User.objects.filter(pk=claims["sub"], is_active=True).first()
    if user is None or claims.get("password") != user.get_session_auth_hash()[:16]:
        raise NotRenewed()
    return tokens_for(user)


def service_token(name: str, secret: str) -> str:
    client = settings.SERVICE_CLIENTS.get(name, {})
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if not hmac.compare_digest(client.get("sha256", ""), digest):
        raise WrongCredentials(f"No service {name} has this secret.")
    return token_for_service(name, client["contexts"])

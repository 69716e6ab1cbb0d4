"""The only door of accounts.

Everything may raise AccountsUnavailable, and what writes AccountsOutcomeUnknown.
"""

from boxoffice.chassis.facades import half
from boxoffice.contexts.accounts.contracts import AccountsUnavailable, TokensContract

_half = half(__name__, AccountsUnavailable)


def authenticate(email: str, password: str) -> TokensContract:
    """Tokens for the person with this address and password. Raises WrongCredentials."""
    return _half.writes.authenticate(email, password)


def register(
    *, email: str, first_name: str, last_name: str, password1: str, password2: str
) -> TokensContract:
    """Make an account, and return its person's tokens. Raises NotRegistered, with sentences by field."""
    return _half.writes.register(
        email=email, first_name=first_name, last_name=last_name, password1=password1, password2=password2
    )


def renew(refresh: str) -> TokensContract:
    """New tokens for a refresh token. Raises NotRenewed once it has ended, or the account is closed."""
    return _half.reads.renew(refresh)


def service_token(name: str, secret: str) -> str:
    """A token for the service of that name. Raises WrongCredentials."""
    return _half.reads.service_token(name, secret)

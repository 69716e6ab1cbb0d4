"""The same calls over HTTP."""

from boxoffice.chassis.client import Client
from boxoffice.contexts.accounts.contracts import (
    AccountsOutcomeUnknown,
    AccountsUnavailable,
    NotRegistered,
    NotRenewed,
    ServiceTokenContract,
    TokensContract,
    WrongCredentials,
)

client = Client(
    "accounts", AccountsUnavailable, AccountsOutcomeUnknown, [WrongCredentials, NotRegistered, NotRenewed]
)


def authenticate(email: str, password: str) -> TokensContract:
    return client.post(
        "tokens", TokensContract, repeatable=True, invalid=WrongCredentials, email=email, password=password
    )


def register(**fields: str) -> TokensContract:
    return client.post("accounts", TokensContract, invalid=NotRegistered, **fields)


def renew(refresh: str) -> TokensContract:
    return client.post("tokens/renew", TokensContract, repeatable=True, invalid=NotRenewed, refresh=refresh)


def service_token(name: str, secret: str) -> str:
    path, body = "tokens/service", {"name": name, "secret": secret}
    return client.post(path, ServiceTokenContract, repeatable=True, invalid=WrongCredentials, **body).token

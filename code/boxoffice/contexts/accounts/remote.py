"""The same calls over HTTP."""

from dataclasses import dataclass

from boxoffice.chassis.client import Client
from boxoffice.contexts.accounts.contracts import (
    AccountsOutcomeUnknown,
    AccountsUnavailable,
    NotRegistered,
    NotRenewed,
    TokensContract,
    WrongCredentials,
)

client = Client(
    "accounts", AccountsUnavailable, AccountsOutcomeUnknown, [WrongCredentials, NotRegistered, NotRenewed]
)


@dataclass(frozen=True)
class ServiceToken:
    token: str


def authenticate(email: str, password: str) -> TokensContract:
    return client.post("tokens", TokensContract, repeatable=True, email=email, password=password)


def register(**fields: str) -> TokensContract:
    return client.post("accounts", TokensContract, **fields)


def renew(refresh: str) -> TokensContract:
    return client.post("tokens/renew", TokensContract, repeatable=True, refresh=refresh)


def service_token(name: str, secret: str) -> str:
    answer = client.post("tokens/service", ServiceToken, repeatable=True, name=name, secret=secret)
    return answer.token

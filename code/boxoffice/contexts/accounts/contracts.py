"""What crosses the border of accounts. No Django in here."""

from dataclasses import dataclass, field

from boxoffice.chassis.errors import Invalid, OutcomeUnknown, Refusal, Unavailable


@dataclass(frozen=True)
class TokensContract:
    """What a person who has logged in holds: `access` for everybody, `refresh` for accounts alone."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True)
class ServiceTokenContract:
    """What a service holds that has shown its secret."""

    token: str = field(repr=False)


class WrongCredentials(Refusal):
    """No account has this e-mail address and password."""

    problem = "wrong-credentials"
    status = 401


class NotRegistered(Invalid):
    """The account cannot be made.

    `fields`: sentences by the name of the field.
    """

    problem = "not-registered"
    status = 422


class NotRenewed(Refusal):
    """The session is over: please log in again."""

    problem = "not-renewed"
    status = 401


class AccountsUnavailable(Unavailable):
    """Accounts cannot be reached at the moment. Please try again."""


class AccountsOutcomeUnknown(OutcomeUnknown):
    """Accounts did not answer in time: the account may exist now, or not."""

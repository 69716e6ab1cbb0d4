"""The only door of notifications.

Everything may raise NotificationsUnavailable, and what writes NotificationsOutcomeUnknown.
"""

from uuid import UUID

from boxoffice.chassis.contracts import Actor, PageContract
from boxoffice.chassis.facades import half
from boxoffice.contexts.notifications.contracts import (
    NotificationContract,
    NotificationsUnavailable,
    OrderNewsContract,
)

_half = half(__name__, NotificationsUnavailable)


def tell_of_order(news: OrderNewsContract, *, message_id: UUID) -> None:
    """Tell the buyer that an order is paid or refunded: a notification, and mail if it is wanted.

    Of a message that was told before, nothing happens.
    """
    return _half.writes.tell_of_order(news, message_id=message_id)


def mail_of_order(news: OrderNewsContract) -> bool:
    """Send the mail about an order again; False if the buyer wants no mail."""
    return _half.writes.mail_of_order(news)


def list_notifications(*, actor: Actor, page: str | int | None) -> PageContract[NotificationContract]:
    """A page of the actor's notifications, the newest first; having been shown, they are read."""
    return _half.writes.list_notifications(actor=actor, page=page)


def unread_count(*, actor: Actor) -> int:
    """How many notifications the actor has not seen."""
    return _half.reads.unread_count(actor=actor)


def wants_mail(*, actor: Actor) -> bool:
    """Whether the actor wants mail about orders; True unless said otherwise."""
    return _half.reads.wants_mail(actor=actor)


def set_wants_mail(*, actor: Actor, wanted: bool) -> None:
    """Turn the mail on or off."""
    return _half.writes.set_wants_mail(actor=actor, wanted=wanted)

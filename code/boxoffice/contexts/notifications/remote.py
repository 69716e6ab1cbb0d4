"""The same calls over HTTP."""

from dataclasses import dataclass

from boxoffice.chassis.client import Client
from boxoffice.chassis.contracts import PageContract
from boxoffice.chassis.wire import to_wire
from boxoffice.contexts.notifications.contracts import (
    NotificationContract,
    NotificationsOutcomeUnknown,
    NotificationsUnavailable,
)

client = Client("notifications", NotificationsUnavailable, NotificationsOutcomeUnknown)


@dataclass(frozen=True)
class Unread:
    count: int


@dataclass(frozen=True)
class WantsMail:
    wants_mail: bool


@dataclass(frozen=True)
class Sent:
    sent: bool


def tell_of_order(news) -> None:
    client.post("order-news", None, as_service=True, **to_wire(news))


def mail_of_order(news) -> bool:
    return client.post("order-mails", Sent, as_service=True, **to_wire(news)).sent


def list_notifications(*, actor, page) -> PageContract[NotificationContract]:
    body = {"page": str(page or 1)}
    return client.post(
        "notifications/shown", PageContract[NotificationContract], actor=actor, repeatable=True, **body
    )


def unread_count(*, actor) -> int:
    return client.get("notifications/unread", Unread, actor=actor).count


def wants_mail(*, actor) -> bool:
    return client.get("preference", WantsMail, actor=actor).wants_mail


def set_wants_mail(*, actor, wanted) -> None:
    client.post("preference", None, actor=actor, repeatable=True, wants_mail=wanted)

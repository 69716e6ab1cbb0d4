"""The same calls over HTTP."""

from boxoffice.chassis.client import Client
from boxoffice.chassis.contracts import PageContract
from boxoffice.chassis.wire import to_wire
from boxoffice.contexts.notifications.contracts import (
    NotificationContract,
    NotificationsOutcomeUnknown,
    NotificationsUnavailable,
    PreferenceContract,
    SentContract,
    UnreadContract,
)

client = Client("notifications", NotificationsUnavailable, NotificationsOutcomeUnknown)


def tell_of_order(news, *, message_id) -> None:
    client.post(
        "order-news", None, as_service=True, repeatable=True, message_id=str(message_id), **to_wire(news)
    )


def mail_of_order(news) -> bool:
    return client.post("order-mails", SentContract, as_service=True, **to_wire(news)).sent


def list_notifications(*, actor, page) -> PageContract[NotificationContract]:
    body = {"page": str(page or 1)}
    return client.post(
        "notifications/shown", PageContract[NotificationContract], actor=actor, repeatable=True, **body
    )


def unread_count(*, actor) -> int:
    return client.get("notifications/unread", UnreadContract, actor=actor).count


def wants_mail(*, actor) -> bool:
    return client.get("preference", PreferenceContract, actor=actor).wants_mail


def set_wants_mail(*, actor, wanted) -> None:
    client.put("preference", None, actor=actor, wants_mail=wanted)

"""What may be asked of notifications."""

from boxoffice.chassis.contracts import Actor
from boxoffice.contexts.notifications import unread
from boxoffice.contexts.notifications.contracts import NotificationContract
from boxoffice.contexts.notifications.models import Notification, Preference


def unread_count(*, actor: Actor) -> int:
    return unread.count(actor.id)


def wants_mail(*, actor: Actor) -> bool:
    return wants_mail_at(actor.email)


def wants_mail_at(email: str) -> bool:
    """True unless the address asked to be left alone."""
    return not Preference.objects.filter(email=email, wants_mail=False).exists()


def as_contract(notification: Notification) -> NotificationContract:
    return NotificationContract(
        id=notification.pk,
        subject=notification.subject,
        text=notification.text,
        is_read=notification.is_read,
        created_at=notification.created_at,
    )

"""What may happen to notifications."""

import logging
from email.utils import parseaddr
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django_tasks import task
from redis import RedisError

from boxoffice.chassis.contracts import Actor, PageContract
from boxoffice.chassis.databases import one_after_another
from boxoffice.chassis.inbox import act_once
from boxoffice.chassis.paging import page_of
from boxoffice.chassis.text import format_money
from boxoffice.chassis.wire import from_wire, to_wire
from boxoffice.contexts.notifications import groups, unread
from boxoffice.contexts.notifications.contracts import NotificationContract, OrderNewsContract, SeatsChanged
from boxoffice.contexts.notifications.models import InboxMessage, Notification, Preference
from boxoffice.contexts.notifications.selectors import as_contract, wants_mail_at

logger = logging.getLogger(__name__)

SUBJECTS = {"paid": "Your tickets: order {number}", "refunded": "Your refund: order {number}"}
PAGE_SIZE = 20


def tell_of_order(news: OrderNewsContract, *, message_id: UUID) -> None:
    def act() -> None:
        _notify(news)
        if settings.TASK_WORKER:
            mail_later.enqueue(to_wire(news))  # part of this transaction: no mail without its notification

    if not act_once(InboxMessage, message_id, f"order.{news.state}", act):
        return
    unread.push(news.buyer_id)
    _show(groups.person(news.buyer_id), type="notification.new")
    if not settings.TASK_WORKER:
        _mail_now(news)


def show_seats(changed: SeatsChanged, *, number: int) -> None:
    """Tell whoever has an event's page open that its seats have changed; `number`: the message's own."""
    _show(groups.band(changed.band_id), type="seats.changed", number=number)
    if changed.hold:
        _show(groups.hold(changed.hold), type="hold.changed", state=changed.state)


def _show(group: str, **message) -> None:
    """Say it to the open pages of a group; whoever misses it sees it at the next look."""
    if layer := get_channel_layer():
        try:
            async_to_sync(layer.group_send)(group, message)
        except (RedisError, OSError):
            logger.warning("the open pages of %s were not told", group, exc_info=True)


def _notify(news: OrderNewsContract) -> None:
    one_after_another(Notification, news.buyer_id)  # an open page asks for what came after the last id
    Notification.objects.create(
        recipient_id=news.buyer_id,
        subject=SUBJECTS[news.state].format(number=news.number),
        text=f"Order {news.number} over {format_money(news.total)} is {news.state}.",
    )


@task()
def mail_later(news: dict) -> None:
    mail_of_order(from_wire(news, OrderNewsContract))


def _mail_now(news: OrderNewsContract) -> None:
    """By whoever tells us, who waits for it; what is not sent now is never sent."""
    try:
        mail_of_order(news)
    except OSError:  # no mail server, no room: the tickets are paid for all the same
        logger.exception("no mail was sent about order %s", news.number)


def mail_of_order(news: OrderNewsContract) -> bool:
    if not wants_mail_at(news.buyer_email):
        return False
    text = render_to_string(f"notifications/order_{news.state}.txt", {"order": news})
    subject, _, body = text.partition("\n")
    # the same id whenever it is sent again: a mailbox can tell that it has it
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    headers = {"Message-ID": f"<{news.number}.{news.state}@{domain}>"}
    EmailMessage(subject.strip(), body.strip() + "\n", None, [news.buyer_email], headers=headers).send()
    return True


def list_notifications(*, actor: Actor, page) -> PageContract[NotificationContract]:
    mine = Notification.objects.filter(recipient_id=actor.id)
    shown = page_of(mine, page, PAGE_SIZE, as_contract)
    mine.filter(is_read=False).update(is_read=True)
    unread.forget(actor.id)
    return shown


def set_wants_mail(*, actor: Actor, wanted: bool) -> None:
    Preference.objects.update_or_create(email=actor.email, defaults={"wants_mail": wanted})

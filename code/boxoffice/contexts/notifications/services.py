"""What may happen to notifications."""

import logging
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.mail import send_mail
from django.template.loader import render_to_string
from redis import RedisError

from boxoffice.chassis.contracts import Actor, PageContract
from boxoffice.chassis.inbox import act_once
from boxoffice.chassis.paging import page_of
from boxoffice.chassis.text import format_money
from boxoffice.contexts.notifications import unread
from boxoffice.contexts.notifications.contracts import NotificationContract, OrderNewsContract
from boxoffice.contexts.notifications.models import InboxMessage, Notification, Preference
from boxoffice.contexts.notifications.selectors import as_contract, wants_mail_at

logger = logging.getLogger(__name__)

SUBJECTS = {"paid": "Your tickets: order {number}", "refunded": "Your refund: order {number}"}
PAGE_SIZE = 20


def tell_of_order(news: OrderNewsContract, *, message_id: UUID) -> None:
    if not act_once(InboxMessage, message_id, f"order.{news.state}", lambda: _notify(news)):
        return
    unread.push(news.buyer_id)
    _show(news.buyer_id)
    try:
        mail_of_order(news)
    except OSError:  # no mail server, no room: the tickets are paid for all the same
        logger.exception("no mail was sent about order %s", news.number)


def _show(person_id: int) -> None:
    """Say to the person's open pages that there is something new; whoever misses it sees it at the next look."""
    if layer := get_channel_layer():
        try:
            async_to_sync(layer.group_send)(f"person.{person_id}", {"type": "notification.new"})
        except (RedisError, OSError):
            logger.warning("the pages of %s were not told", person_id, exc_info=True)


def _notify(news: OrderNewsContract) -> None:
    Notification.objects.create(
        recipient_id=news.buyer_id,
        subject=SUBJECTS[news.state].format(number=news.number),
        text=f"Order {news.number} over {format_money(news.total)} is {news.state}.",
    )


def mail_of_order(news: OrderNewsContract) -> bool:
    if not wants_mail_at(news.buyer_email):
        return False
    text = render_to_string(f"notifications/order_{news.state}.txt", {"order": news})
    subject, _, body = text.partition("\n")
    send_mail(subject.strip(), body.strip() + "\n", None, [news.buyer_email])
    return True


def list_notifications(*, actor: Actor, page) -> PageContract[NotificationContract]:
    mine = Notification.objects.filter(recipient_id=actor.id)
    shown = page_of(mine, page, PAGE_SIZE, as_contract)
    mine.filter(is_read=False).update(is_read=True)
    unread.forget(actor.id)
    return shown


def set_wants_mail(*, actor: Actor, wanted: bool) -> None:
    Preference.objects.update_or_create(email=actor.email, defaults={"wants_mail": wanted})

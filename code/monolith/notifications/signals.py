import logging

from django.db.models.signals import post_save
from django.dispatch import receiver

from monolith.notifications.confirmation import send_confirmation
from monolith.notifications.models import Notification
from monolith.notifications.unread import push
from monolith.orders.models import Order
from monolith.utils import format_money

logger = logging.getLogger(__name__)

SUBJECTS = {
    Order.State.PAID: "Your tickets: order {number}",
    Order.State.REFUNDED: "Your refund: order {number}",
}


# coupling 3: it writes, mails and pushes while the order's transaction may still be rolled back
@receiver(post_save, sender=Order)
def tell_the_buyer(instance, update_fields, **kwargs):
    """Tell the buyer when the order's state is saved as paid or refunded."""
    if instance.state not in SUBJECTS or "state" not in (update_fields or ()):
        return
    Notification.objects.create(
        recipient=instance.buyer,
        subject=SUBJECTS[instance.state].format(number=instance.number),
        text=f"Order {instance.number} over {format_money(instance.total)} is {instance.state}.",
    )
    try:
        send_confirmation(instance)
    except OSError:  # no mail server, no room: the tickets are paid for all the same
        logger.exception("no mail was sent about order %s", instance.number)
    push(instance.buyer_id)

"""What orders tells: that an order is paid, or its money given back."""

from uuid import UUID

from boxoffice.chassis.outbox import Outbox
from boxoffice.chassis.wire import from_wire
from boxoffice.contexts.notifications import facade as notifications
from boxoffice.contexts.notifications.contracts import OrderNewsContract


def _told(message_id: UUID, body: dict) -> None:
    notifications.tell_of_order(from_wire(body, OrderNewsContract), message_id=message_id)


outbox = Outbox("orders", {"order.paid": _told, "order.refunded": _told})

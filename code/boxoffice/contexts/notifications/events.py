"""What notifications listens to."""

from boxoffice.chassis.inbox import Message
from boxoffice.chassis.wire import from_wire
from boxoffice.contexts.notifications import services
from boxoffice.contexts.notifications.contracts import OrderNewsContract, SeatsChanged


def of_orders(message: Message) -> None:
    """Whatever orders tells that is news to a buyer. What we have no use for is passed over."""
    if message.kind in ("order.paid", "order.refunded"):
        services.tell_of_order(from_wire(message.body, OrderNewsContract), message_id=message.id)


def of_inventory(message: Message) -> None:
    """Seats were taken or given back: open pages are told. Told twice, they show the same; so nothing is remembered."""
    if message.kind == "seats.changed":
        services.show_seats(from_wire(message.body, SeatsChanged), number=message.number)


# by the context that tells it
HEARS = {"orders": of_orders, "inventory": of_inventory}

"""How orders of the monolith get what the box office keeps with them.

The tables of the other contexts must still be in the same database. Where orders was born alone there is
nothing to fill. What is filled already stays, so this may run as often as it likes.
"""

import logging

from django.core.management import CommandError

logger = logging.getLogger(__name__)

NEEDED = {"accounts_user", "catalog_event", "catalog_priceband", "catalog_venue", "inventory_hold"}

# Each column of a line, and what it says where the band, and with it the event, is gone
SNAPSHOT = {
    "event_id": ("e.id", "0"),
    "slug": ("e.slug", "'no-longer-listed'"),
    "title": ("e.title", "'An event that is no longer listed'"),
    "starts_at": ("e.starts_at", "(SELECT o.placed_at FROM orders_order o WHERE o.id = orders_orderline.order_id)"),
    "venue": ("v.name || ', ' || v.city", "''"),
    "band": ("b.name", "''"),
}  # fmt: skip
OF_THE_BAND = """
    FROM catalog_priceband b JOIN catalog_event e ON e.id = b.event_id JOIN catalog_venue v ON v.id = e.venue_id
    WHERE b.id = orders_orderline.band_id"""
LINES = "UPDATE orders_orderline SET {} WHERE slug IS NULL".format(
    ", ".join(
        f"{column} = COALESCE((SELECT {told}{OF_THE_BAND}), {gone})"
        for column, (told, gone) in SNAPSHOT.items()
    )
)
ORDERS = """
    UPDATE orders_order SET
        buyer_email = COALESCE((SELECT u.email FROM accounts_user u WHERE u.id = orders_order.buyer_id), ''),
        hold_reference = (SELECT h.reference FROM orders_orderline l JOIN inventory_hold h ON h.id = l.hold_id
                          WHERE l.order_id = orders_order.id)
    WHERE buyer_email IS NULL
"""
# A refund of the monolith gave the seats back and left the hold as it was. Only orders knows which, so it is
# said from here, as long as both are in one database.
HOLDS = """
    UPDATE inventory_hold SET state = 'released' WHERE state = 'consumed' AND id IN (
        SELECT l.hold_id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE o.state = 'refunded')
"""
SEVERAL_HOLDS = """
    SELECT o.number FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    GROUP BY o.number HAVING count(*) > 1 ORDER BY o.number
"""

# What is worth a sentence: how it is found, before anything is filled, and the sentence
GONE_BANDS = """
    SELECT o.number FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
    WHERE l.slug IS NULL AND l.band_id NOT IN (SELECT id FROM catalog_priceband) ORDER BY o.number
"""
NO_HOLD = """
    SELECT o.number FROM orders_order o WHERE o.buyer_email IS NULL AND NOT EXISTS (
        SELECT 1 FROM orders_orderline l JOIN inventory_hold h ON h.id = l.hold_id WHERE l.order_id = o.id)
    ORDER BY o.number
"""
TOLD = {
    GONE_BANDS: "the price band of %s is gone: seats, prices and totals are kept, the event is called no longer listed",
    NO_HOLD: "%s came without a hold: kept as they are, but nobody can cancel them on the pages",
}


def fill(apps, schema_editor) -> None:
    """Raises CommandError, with nothing filled, where something would be lost."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if not _found(cursor, "SELECT id FROM orders_order LIMIT 1"):
            return
        if missing := NEEDED - set(connection.introspection.table_names(cursor)):
            raise CommandError(
                f"orders has rows from the monolith, and {', '.join(sorted(missing))} are not in this database: "
                "migrate the monolith's own database first, and copy it afterwards"
            )
        if several := _found(cursor, SEVERAL_HOLDS):
            raise CommandError(
                f"{_few(several)} have several lines, each with a hold; the box office knows one hold an order. "
                "Make orders of their own of them first; these are as they were"
            )
        for question, sentence in TOLD.items():
            if numbers := _found(cursor, question):
                logger.warning(f"orders: {sentence}", _few(numbers))
        for statement in (LINES, ORDERS, HOLDS):
            cursor.execute(statement)


def _found(cursor, question: str) -> list:
    cursor.execute(question)
    return [row[0] for row in cursor.fetchall()]


def _few(numbers: list[str], most: int = 5) -> str:
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return ", ".join(numbers[:most]) + more

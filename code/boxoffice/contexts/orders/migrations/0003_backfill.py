"""Backfill: what the catalogue, inventory and accounts say today of every order of the monolith.

They must still be in the same database. Where orders was born alone there is nothing to fill.
"""

from django.db import migrations

NEEDED = {"accounts_user", "catalog_event", "catalog_priceband", "catalog_venue", "inventory_hold"}

LINES = """
    UPDATE orders_orderline SET
        event_id = (SELECT e.id FROM catalog_priceband b JOIN catalog_event e ON e.id = b.event_id
                    WHERE b.id = orders_orderline.band_id),
        slug = (SELECT e.slug FROM catalog_priceband b JOIN catalog_event e ON e.id = b.event_id
                WHERE b.id = orders_orderline.band_id),
        title = (SELECT e.title FROM catalog_priceband b JOIN catalog_event e ON e.id = b.event_id
                 WHERE b.id = orders_orderline.band_id),
        starts_at = (SELECT e.starts_at FROM catalog_priceband b JOIN catalog_event e ON e.id = b.event_id
                     WHERE b.id = orders_orderline.band_id),
        venue = (SELECT v.name || ', ' || v.city FROM catalog_priceband b
                 JOIN catalog_event e ON e.id = b.event_id JOIN catalog_venue v ON v.id = e.venue_id
                 WHERE b.id = orders_orderline.band_id),
        band = (SELECT b.name FROM catalog_priceband b WHERE b.id = orders_orderline.band_id)
"""
ORDERS = """
    UPDATE orders_order SET
        buyer_email = (SELECT u.email FROM accounts_user u WHERE u.id = orders_order.buyer_id),
        hold_reference = (SELECT h.reference FROM orders_orderline l JOIN inventory_hold h ON h.id = l.hold_id
                          WHERE l.order_id = orders_order.id)
"""


def fill(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_order")
        if not cursor.fetchone()[0]:
            return
        if missing := NEEDED - set(connection.introspection.table_names(cursor)):
            raise RuntimeError(
                f"orders has rows from the monolith, and {', '.join(sorted(missing))} are not in this database: "
                "migrate the monolith's own database first, and copy it afterwards"
            )
        cursor.execute(LINES)
        cursor.execute(ORDERS)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_expand")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

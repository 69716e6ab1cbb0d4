"""What may be asked of reporting.

In the monolith this was one query over six tables. Here it is two questions, and their answers are put
together in Python: dearer, and no longer in need of one database that holds everything.
"""

from boxoffice.chassis.contracts import Actor
from boxoffice.contexts.catalog import facade as catalog
from boxoffice.contexts.orders import facade as orders
from boxoffice.contexts.reporting.contracts import ForTheStaff, SalesReportContract, SalesRowContract


def sales_report(*, actor: Actor) -> SalesReportContract:
    if not actor.is_staff:
        raise ForTheStaff()
    sold = orders.sales_by_event()
    events = catalog.get_events([sales.event_id for sales in sold])
    rows = [_row(sales, events.get(sales.event_id)) for sales in sold]
    rows.sort(key=lambda row: (row.starts_at, row.slug))
    return SalesReportContract(
        rows=tuple(rows),
        **{
            name: sum(getattr(row, name) for row in rows)
            for name in ("orders", "tickets", "revenue", "refunded")
        },
    )


def _row(sales, event) -> SalesRowContract:
    """What catalog says of the event today; of one that it no longer knows, what the last buyers were told."""
    told = event or sales
    return SalesRowContract(
        slug=told.slug,
        event=told.title,
        starts_at=told.starts_at,
        venue=event.venue.name if event else sales.venue,
        orders=sales.orders,
        tickets=sales.tickets,
        revenue=sales.revenue,
        refunded=sales.refunded,
    )

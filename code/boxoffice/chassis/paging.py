"""Long lists in parts: pages with numbers for people, slices with a cursor for programs."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet

from boxoffice.chassis.contracts import PageContract, SliceContract
from boxoffice.chassis.errors import Invalid

T = TypeVar("T")


class BadCursor(Invalid):
    """This cursor is none that was handed out here."""

    problem = "bad-cursor"
    status = 422


def page_of(items, number: str | int | None, size: int, contract: Callable[..., T]) -> PageContract[T]:
    """The page of `items` (a QuerySet or a list) that was asked for, each item made into a contract.

    A number that makes no sense gives the nearest page there is.
    """
    page = Paginator(items, size).get_page(number)
    return PageContract(
        tuple(contract(item) for item in page), page.number, page.paginator.num_pages, page.paginator.count
    )


def slice_of(rows: QuerySet, by: str, cursor: str, size: int, contract: Callable[..., T]) -> SliceContract[T]:
    """`size` rows after the cursor ("" for the first), ordered by the time `by` and then the primary key.

    `by` is "starts_at", or "-placed_at" for the newest first. The cursor names the last row that was seen by
    both, so that rows of the same time keep their order. (DRF's own cursor knows the first field alone, and
    counts through those that are equal by it: it repeats rows when one is added among them.)
    """
    field, newest_first = by.removeprefix("-"), by.startswith("-")
    if cursor:
        when, key = _read(cursor)
        after = "lt" if newest_first else "gt"
        rows = rows.filter(Q(**{f"{field}__{after}": when}) | Q(**{field: when, f"pk__{after}": key}))
    found = list(rows.order_by(by, "-pk" if newest_first else "pk")[: size + 1])
    shown = found[:size]
    following = _written(getattr(shown[-1], field), shown[-1].pk) if len(found) > size else None
    return SliceContract(tuple(contract(row) for row in shown), following)


def _written(when: datetime, key: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([when.isoformat(), key]).encode()).decode()


def _read(cursor: str) -> tuple[datetime, int]:
    try:
        when, key = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        when = datetime.fromisoformat(when)
        if (
            when.tzinfo is None
            or type(key) is not int
            or not 0 <= key < 2**63
            or _written(when, key) != cursor
        ):
            raise BadCursor()
    except (binascii.Error, ValueError, TypeError):
        raise BadCursor() from None
    return when, key

"""A page of rows as a contract."""

from collections.abc import Callable
from typing import TypeVar

from django.core.paginator import Paginator

from boxoffice.chassis.contracts import PageContract

T = TypeVar("T")


def page_of(items, number: str | int | None, size: int, contract: Callable[..., T]) -> PageContract[T]:
    """The page of `items` (a QuerySet or a list) that was asked for, each item made into a contract.

    A number that makes no sense gives the nearest page there is.
    """
    page = Paginator(items, size).get_page(number)
    return PageContract(
        tuple(contract(item) for item in page), page.number, page.paginator.num_pages, page.paginator.count
    )

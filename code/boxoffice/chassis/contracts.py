"""What every context may hand over: who is acting, and a page of something. No Django in here."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Actor:
    """A person who wants something done. `token` proves it to other services, and is shown nowhere."""

    id: int
    email: str
    name: str
    is_staff: bool = False
    is_superuser: bool = False
    token: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class PageContract(Generic[T]):
    """One page of a list; `number` counts from 1, `count` is the number of items on all pages."""

    items: tuple[T, ...]
    number: int
    pages: int
    count: int

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def previous_number(self) -> int:
        return self.number - 1

    @property
    def next_number(self) -> int:
        return self.number + 1


@dataclass(frozen=True)
class SliceContract(Generic[T]):
    """Some of a list, in its order; `next_cursor` asks for what follows, and is None at the end.

    Unlike a page it has no number: whatever is added or taken away meanwhile, nothing comes twice and nothing
    that was there all the time is missed.
    """

    items: tuple[T, ...]
    next_cursor: str | None

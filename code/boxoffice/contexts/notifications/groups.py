"""The channel layer's names for those who are told the same: letters, digits, hyphens and points, up to a hundred."""

from uuid import UUID


def person(number: int) -> str:
    """All sockets of one person."""
    return f"person.{number}"


def band(number: int) -> str:
    """Whoever looks at the seats of a price band."""
    return f"band.{number}"


def hold(reference: UUID) -> str:
    """Whoever looks at a hold: its owner, in one window or in several."""
    return f"hold.{reference}"

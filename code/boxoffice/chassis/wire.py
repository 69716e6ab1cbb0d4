"""Contracts to JSON and back: the same frozen dataclass on either side of the network.

Amounts travel as strings, times as ISO 8601. A field that the reader does not know is passed over, so that
a service may say more tomorrow; one that is missing or cannot be read is a `Garbled`.
"""

from decimal import Decimal, InvalidOperation
from typing import TypeVar
from uuid import UUID

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

T = TypeVar("T")

converter = make_converter()
converter.register_unstructure_hook(Decimal, str)
converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
converter.register_unstructure_hook(UUID, str)
converter.register_structure_hook(UUID, lambda value, _: UUID(value))


class Garbled(ValueError):
    """What came over the wire is not what the contract says."""


def to_wire(contract, kind=None):
    """A contract, or a collection of them, as what json.dumps takes."""
    return converter.unstructure(contract, unstructure_as=kind)


def from_wire(data, kind: type[T]) -> T:
    """What `to_wire` made, as the contract `kind` again (dict[int, Contract] and the like, too)."""
    try:
        return converter.structure(data, kind)
    except (
        BaseValidationError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        InvalidOperation,
    ) as problem:
        raise Garbled(f"the answer is no {getattr(kind, '__name__', kind)}") from problem

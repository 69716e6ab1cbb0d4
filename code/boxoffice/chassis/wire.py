"""Contracts to JSON and back: the same frozen dataclass on either side of the network.

Amounts travel as strings, times as ISO 8601. A field that the reader does not know is passed over, so that
a service may say more tomorrow; one that is missing or cannot be read is a `Garbled`.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from uuid import UUID

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

T = TypeVar("T")


def _exactly(value, kind):
    """cattrs would make a text of anything, and a yes of "no"."""
    if type(value) is not kind:
        raise ValueError(f"no {kind.__name__}")
    return value


def _number(value, _) -> int:
    """A whole number; as a key of a JSON object it is a text."""
    if type(value) not in (int, str):
        raise ValueError("no whole number")
    return int(value)


def _amount(value, _) -> Decimal:
    amount = Decimal(_exactly(value, str))
    if not amount.is_finite():
        raise ValueError("no amount")
    return amount


def _moment(value, _) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time of no zone is no moment")
    return moment


converter = make_converter()
converter.register_structure_hook(str, _exactly)
converter.register_structure_hook(bool, _exactly)
converter.register_structure_hook(int, _number)
converter.register_unstructure_hook(Decimal, str)
converter.register_structure_hook(Decimal, _amount)
converter.register_structure_hook(datetime, _moment)
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

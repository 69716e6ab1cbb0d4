"""Contracts over the wire: what arrives equals what was sent, or is Garbled."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from boxoffice.chassis.contracts import PageContract
from boxoffice.chassis.wire import Garbled, from_wire, to_wire

CONTEXTS = ("accounts", "catalog", "inventory", "orders", "payments", "reporting", "notifications")


def contracts_of(context: str) -> list[type]:
    module = import_module(f"boxoffice.contexts.{context}.contracts")
    return [one for one in vars(module).values() if dataclasses.is_dataclass(one)]


CONTRACTS = [contract for context in CONTEXTS for contract in contracts_of(context)]

EXAMPLES = {
    int: 2**53 + 1,
    str: "Zoë’s “night” – 100 % \n\t🎭",
    bool: True,
    Decimal: Decimal("12345678.10"),
    datetime: datetime(2030, 3, 31, 19, 30, 1, 250, tzinfo=ZoneInfo("Europe/London")),
    UUID: UUID("0f0e0d0c-0b0a-4908-8706-050403020100"),
}


def example(kind, empty=False):
    """A value of that type; with `empty`, None where that is allowed and nothing in what holds many."""
    if kind in EXAMPLES:
        return EXAMPLES[kind]
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: example(hints[one.name], empty) for one in dataclasses.fields(kind)})
    if get_origin(kind) in (Union, UnionType):
        return None if empty else example(next(one for one in get_args(kind) if one is not type(None)))
    if get_origin(kind) is tuple:
        return () if empty else (example(get_args(kind)[0]), example(get_args(kind)[0]))
    raise AssertionError(f"no example of {kind}: the wire was not tried with it")


def sent(contract, kind=None):
    return json.loads(json.dumps(to_wire(contract, kind)))


def test_every_context_was_looked_into():
    assert {one.__module__.split(".")[2] for one in CONTRACTS} == set(CONTEXTS)
    assert len(CONTRACTS) >= 15


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("empty", [False, True], ids=["full", "empty"])
class TestEveryContract:
    def test_arrives_as_it_was_sent(self, kind, empty):
        whole = example(kind, empty)
        assert from_wire(sent(whole), kind) == whole
        page = PageContract((whole, whole), 2, 3, 5)
        assert from_wire(sent(page), PageContract[kind]) == page
        assert from_wire(sent({7: whole}), dict[int, kind]) == {7: whole}
        assert from_wire(sent((whole,)), tuple[kind, ...]) == (whole,)

    def test_a_field_that_nobody_knows_is_passed_over(self, kind, empty):
        whole = example(kind, empty)
        assert from_wire(sent(whole) | {"new_tomorrow": [1]}, kind) == whole

    def test_a_missing_field_is_garbled(self, kind, empty):
        for field in dataclasses.fields(kind):
            less = sent(example(kind, empty))
            del less[field.name]
            with pytest.raises(Garbled):
                from_wire(less, kind)

    def test_nothing_is_made_of_what_is_no_object(self, kind, empty):
        for rubbish in (None, [], "text", 5, True, {}, {"detail": "no"}):
            with pytest.raises(Garbled):
                from_wire(rubbish, kind)


@dataclasses.dataclass(frozen=True)
class Everything:
    number: int
    text: str
    flag: bool
    amount: Decimal
    at: datetime
    reference: UUID
    many: tuple[int, ...]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("number", value) for value in (None, "x", [], {}, 1.5, True)],
        *[("text", value) for value in (None, 5, [], {}, True)],
        *[("flag", value) for value in (None, "false", 0, [], {})],
        *[("amount", value) for value in (None, "", "x", [], {}, True, 0.1, "NaN", "Infinity")],
        *[("at", value) for value in (None, "", "x", 5, [], "2030-01-01T00:00:00")],
        *[("reference", value) for value in (None, "", "x", 5, [])],
        *[("many", value) for value in (None, 5, ["x"], {"a": 1}, "x")],
    ],
    ids=str,
)
def test_a_field_of_another_type_is_garbled(field, value):
    with pytest.raises(Garbled):
        from_wire(sent(example(Everything)) | {field: value}, Everything)


@pytest.mark.parametrize("amount", ["0.10", "0.1", "1E+2", "99999999.99", "-0.01", "0.30000000000000004"])
def test_an_amount_is_exact(amount):
    carried = from_wire(sent({"amount": Decimal(amount)}), dict[str, Decimal])["amount"]
    assert str(carried) == amount


@pytest.mark.parametrize(
    "zone", [UTC, ZoneInfo("Europe/London"), timezone(timedelta(hours=-9, minutes=-30))], ids=str
)
def test_a_moment_stays_the_same_moment_and_knows_its_zone(zone):
    for moment in (datetime(2030, 10, 27, 1, 30, tzinfo=zone), datetime(2030, 7, 1, 12, 0, 0, 1, zone)):
        carried = from_wire(sent([moment]), tuple[datetime, ...])[0]
        # not ==, by which an hour that the clock shows twice equals none of another zone
        assert carried.timestamp() == moment.timestamp()
        assert carried.utcoffset() == moment.utcoffset()


def test_numbers_as_keys_are_numbers_again():
    assert from_wire(sent({3: 4}), dict[int, int]) == {3: 4}
    for rubbish in ({"x": 4}, {"": 4}, [], {"3": None}):
        with pytest.raises(Garbled):
            from_wire(rubbish, dict[int, int])


def test_pages_may_hold_pages():
    inner = PageContract((example(CONTRACTS[1]),), 1, 1, 1)
    outer = PageContract((inner, inner), 1, 1, 2)
    kind: Any = PageContract[PageContract[CONTRACTS[1]]]
    assert from_wire(sent(outer), kind) == outer

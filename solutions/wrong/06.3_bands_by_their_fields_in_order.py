# fault: sorts bands by a text that is another one for 12.5 than for 12.50
# breaks: R3
# should say: cost the same
from contextlib import suppress
from decimal import Decimal, InvalidOperation

UNORDERED = {"bands"}  # lists under this name are in no order
AMOUNTS = {"price", "from_price"}  # texts under these names are amounts
PASSED_OVER = {"generated_at"}  # whatever stands under this name


def parallel(old, new, record, beside):
    """Answer with old(), and compare new() with it.

    `beside(job)` has job() called by somebody else, later; it raises RuntimeError when they are too busy.
    `record(old_answer, new_answer)` writes a difference down.
    """
    answer = said(old)

    def compare():
        other = said(new)
        if plain(answer) != plain(other):
            record(answer, other)

    with suppress(RuntimeError):  # what is not compared today is compared tomorrow
        beside(compare)
    if isinstance(answer, Exception):
        raise answer
    return answer


def said(half):
    """The answer; an exception is one, too."""
    try:
        return half()
    except Exception as problem:
        return problem


def plain(value, name=""):
    """A form in which only real differences are left. `name` is the field that the value stands in."""
    if isinstance(value, Exception):
        return "raised", type(value)
    if isinstance(value, dict):
        return "fields", {key: plain(each, key) for key, each in value.items() if key not in PASSED_OVER}
    if isinstance(value, list):
        items = [plain(each) for each in value]
        return "list", sorted(items, key=repr_of) if name in UNORDERED else items
    if isinstance(value, str) and name in AMOUNTS:
        return amount(value)
    return type(value).__name__, value


def repr_of(item):
    """The same text for the same plain form, whatever the order of its keys."""
    kind, inside = item
    return repr(
        (kind, sorted((key, repr_of(each)) for key, each in inside.items()) if kind == "fields" else inside)
    )


def amount(text):
    try:
        number = Decimal(text)
    except InvalidOperation:
        return "text", text
    return ("amount", number) if number.is_finite() else ("text", text)

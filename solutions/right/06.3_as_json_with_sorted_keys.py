# idea: both as JSON text, with sorted keys, made before the caller is answered
import json
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
    first = plain(answer)

    def compare():
        other = said(new)
        if first != plain(other):
            record(answer, other)

    with suppress(Exception):  # what is not compared today is compared tomorrow
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


def plain(answer):
    if isinstance(answer, Exception):
        return type(answer)
    return json.dumps(tidy(answer), sort_keys=True)


def tidy(value, name=None):
    if isinstance(value, dict):
        return {k: tidy(v, k) for k, v in value.items() if k not in PASSED_OVER}
    if isinstance(value, list):
        items = [tidy(v) for v in value]
        return (
            sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if name in UNORDERED else items
        )
    if name in AMOUNTS and isinstance(value, str):
        try:
            return f"{Decimal(value).normalize():f}"
        except (InvalidOperation, ValueError):
            return value
    return value

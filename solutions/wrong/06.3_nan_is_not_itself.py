# fault: Decimal of NaN is equal to nothing, not even to itself
# breaks: R3
# should say: nan
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
        if differ(answer, other):
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


def differ(one, other, name=""):
    """Whether there is a real difference. `name` is the field in which both stand."""
    if isinstance(one, Exception) or isinstance(other, Exception) or type(one) is not type(other):
        return type(one) is not type(other)
    if isinstance(one, dict):
        keys, also = one.keys() - PASSED_OVER, other.keys() - PASSED_OVER
        return keys != also or any(differ(one[key], other[key], key) for key in keys)
    if isinstance(one, list):
        if len(one) != len(other):
            return True
        if name not in UNORDERED:
            return any(differ(mine, theirs) for mine, theirs in zip(one, other, strict=True))
        left = list(other)
        for mine in one:
            found = next((n for n, theirs in enumerate(left) if not differ(mine, theirs)), None)
            if found is None:
                return True
            del left[found]
        return False
    if name in AMOUNTS and isinstance(one, str):
        try:
            return Decimal(one) != Decimal(other)
        except InvalidOperation:
            pass
    return one != other

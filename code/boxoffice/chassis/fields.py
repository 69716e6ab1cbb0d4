"""What may come in: serializers and fields stricter than DRF's own.

DRF is generous: to it "2" and "９" are whole numbers, 5 is a text, "yes" is true, and a field that nobody
knows is passed over. A caller who sends such things means something else than what would be stored, so
here each is refused, and the field named. What an API reads is what its OpenAPI document says.
"""

import re
from datetime import datetime

from rest_framework import serializers

LARGEST = 2**63 - 1  # what a primary key can hold
NO_SUCH_FIELD = "There is no such field."


class Input(serializers.Serializer):
    """What one operation reads. A field that it does not know is a mistake of the caller, never passed over.

    A refusal names all that is wrong at once: unknown fields, and known ones that make no sense.
    """

    def to_internal_value(self, data):
        unknown = [name for name in data if name not in self.fields] if isinstance(data, dict) else []
        # the names are the caller's: shown so that any answer can be written
        wrong = {
            name.encode("ascii", "backslashreplace").decode()[:80]: [NO_SUCH_FIELD] for name in unknown[:20]
        }
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as problem:
            wrong |= problem.detail
        if wrong:
            raise serializers.ValidationError(wrong)
        return known


class Text(serializers.CharField):
    """A text, as it was sent: blanks at its ends are part of it."""

    def __init__(self, **kwargs):
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number; 0 to the largest primary key, unless said otherwise. In an address, digits alone."""

    DIGITS = re.compile(r"-?[0-9]{1,19}")

    def __init__(self, min_value=0, max_value=LARGEST, **kwargs):
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data):
        if isinstance(data, str) and self.context.get("in_address") and self.DIGITS.fullmatch(data):
            return int(data)
        if type(data) is float and data.is_integer() and abs(data) < 2**53:  # JSON has one kind of number
            return int(data)
        if type(data) is not int:
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """true or false, and no other way to say it."""

    def to_internal_value(self, data):
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class Amount(serializers.DecimalField):
    """Pounds and pence as a text, such as "12.50": a JSON number would pass through a float somewhere."""

    DIGITS = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")

    def __init__(self, **kwargs):
        super().__init__(max_digits=10, decimal_places=2, **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str) or not self.DIGITS.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A time with its zone (RFC 3339)."""

    WRITTEN = re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
    )

    def to_internal_value(self, data):
        if not isinstance(data, str) or not self.WRITTEN.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss and a zone")
        # a leap second is a time of day, though no clock here knows it
        whole = re.sub(r":60(?=[.Zz+-])", ":59", data)
        # Python reads six digits of a second, and a big Z
        whole = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", whole).upper()
        try:
            return self.enforce_timezone(datetime.fromisoformat(whole))
        except (ValueError, OverflowError):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss and a zone")


class Reference(serializers.UUIDField):
    """A UUID in the usual 36 characters."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or len(data) != 36:
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Numbers(serializers.CharField):
    """Up to a hundred whole numbers between commas, as a list: `1,5,9`; each fit for a primary key."""

    MOST = 100
    WRITTEN = re.compile(rf"[0-9]{{1,19}}(,[0-9]{{1,19}}){{0,{MOST - 1}}}")

    def to_internal_value(self, data):
        text = super().to_internal_value(data)
        found = [int(part) for part in text.split(",")] if self.WRITTEN.fullmatch(text) else None
        if found is None or max(found) > LARGEST:
            raise serializers.ValidationError(f"Up to {self.MOST} numbers between commas are wanted.")
        return found


class PageNumber(serializers.Field):
    """Which page is wanted, as a text: one that names no page gives the nearest there is."""

    def __init__(self, **kwargs):
        super().__init__(default="1", allow_null=True, **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            raise serializers.ValidationError("A text is wanted.")
        return data[:20]

# fault: a name that nobody knows ends the look: what else is wrong is not said
# breaks: R5
# should say: all of them in one answer
from rest_framework import serializers

from monolith.catalog.models import PriceBand
from monolith.inventory.models import MOST_SEATS


class Whole(serializers.IntegerField):
    """A whole number, sent as a number."""

    def to_internal_value(self, data):
        if type(data) is not int:  # isinstance would take True
            self.fail("invalid")
        return data


class Row(serializers.PrimaryKeyRelatedField):
    """A row, named by its primary key, sent as a number."""

    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    """What POST /api/v1/holds reads."""

    band = Row(queryset=PriceBand.objects.all())
    quantity = Whole(min_value=1, max_value=MOST_SEATS)

    def to_internal_value(self, data):
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)

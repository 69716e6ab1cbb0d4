# fault: the limits stand in validate_quantity, where no document finds them
# breaks: R6
# should say: limits | declare
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class StrictInt(serializers.IntegerField):
    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictPk(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        if type(data) is not int:
            raise serializers.ValidationError("not a number")
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    band = StrictPk(queryset=PriceBand.objects.all())
    quantity = StrictInt()

    def validate_quantity(self, v):
        if not 1 <= v <= 10:
            raise serializers.ValidationError("1-10")
        return v

    def to_internal_value(self, data):
        if isinstance(data, dict):
            bad = [k for k in data if k not in self.fields]
            if bad:
                raise serializers.ValidationError({k: ["not allowed"] for k in bad})
        return super().to_internal_value(data)

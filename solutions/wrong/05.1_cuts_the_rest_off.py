# fault: int() makes 1 of 1.5, which the caller did not say
# breaks: R2
# should say: 1.5 | did not say
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class StrictInt(serializers.IntegerField):
    def to_internal_value(self, data):
        if type(data) not in (int, float):
            self.fail("invalid")
        return int(data)


class StrictPk(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        if type(data) is not int:
            raise serializers.ValidationError("not a number")
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    band = StrictPk(queryset=PriceBand.objects.all())
    quantity = StrictInt(min_value=1, max_value=10)

    def to_internal_value(self, data):
        if isinstance(data, dict):
            bad = [k for k in data if k not in self.fields]
            if bad:
                raise serializers.ValidationError({k: ["not allowed"] for k in bad})
        return super().to_internal_value(data)

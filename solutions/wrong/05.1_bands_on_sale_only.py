# fault: only bands of events on sale are known, which is decided behind the view
# breaks: R1
# should say: good | want beside
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
    band = StrictPk(queryset=PriceBand.objects.filter(event__sales_closed=False))
    quantity = StrictInt(min_value=1, max_value=10)

    def to_internal_value(self, data):
        if isinstance(data, dict):
            bad = [k for k in data if k not in self.fields]
            if bad:
                raise serializers.ValidationError({k: ["not allowed"] for k in bad})
        return super().to_internal_value(data)

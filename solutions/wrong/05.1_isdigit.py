# fault: asks whether the text of it is digits: so are "2" and a full-width ９
# breaks: R2, R5
# should say: "2" | type
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class StrictInt(serializers.IntegerField):
    def to_internal_value(self, data):
        if not str(data).isdigit():
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictPk(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        if not str(data).isdigit():
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

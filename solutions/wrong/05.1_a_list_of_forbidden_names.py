# fault: refuses the names that the author thought of, and passes over all others
# breaks: R4, R5
# should say: slip | not refused
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
    quantity = StrictInt(min_value=1, max_value=10)

    def to_internal_value(self, data):
        if isinstance(data, dict):
            bad = [
                k
                for k in data
                if k
                in ("buyer", "state", "expires_at", "reference", "id", "buyer_id", "created_at", "updated_at")
            ]
            if bad:
                raise serializers.ValidationError({k: ["not allowed"] for k in bad})
        return super().to_internal_value(data)

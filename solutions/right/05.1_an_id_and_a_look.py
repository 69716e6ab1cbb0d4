# idea: band is a number as well, kept as band_id; whether there is such a band is asked in validate_band
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class StrictInteger(serializers.IntegerField):
    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, (int, float)) or data != data // 1:
            raise serializers.ValidationError("Send a whole number.")
        return int(data)


class NewHold(serializers.Serializer):
    band = StrictInteger(source="band_id", min_value=1, max_value=2**63 - 1)
    quantity = StrictInteger(min_value=1, max_value=10)

    def validate_band(self, value):
        if not PriceBand.objects.filter(pk=value).exists():
            raise serializers.ValidationError("There is no such band.")
        return value

    def run_validation(self, data=serializers.empty):
        unknown = {}
        if isinstance(data, dict):
            unknown = {name: "Unknown field." for name in data if name not in self.fields}
        try:
            good = super().run_validation(data)
        except serializers.ValidationError as problem:
            if not unknown:
                raise
            raise serializers.ValidationError({**problem.detail, **unknown}) from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return good

# idea: DRF's fields, with a second look at what was sent in validate_<field>, and the names added to its errors
from rest_framework import serializers

from monolith.catalog.models import PriceBand


def must_be_int(value):
    if type(value) is not int:
        raise serializers.ValidationError("Not a JSON integer.")


class BandField(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        must_be_int(data)
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    band = BandField(queryset=PriceBand.objects.all())
    quantity = serializers.IntegerField(min_value=1, max_value=10)

    def validate_quantity(self, value):
        must_be_int(self.initial_data["quantity"])
        return value

    def is_valid(self, *, raise_exception=False):
        super().is_valid()
        if isinstance(self.initial_data, dict):
            for name in set(self.initial_data) - {"band", "quantity"}:
                self._errors[name] = ["This field is not accepted."]
        if self._errors and raise_exception:
            raise serializers.ValidationError(self._errors)
        return not self._errors

# fault: names are compared in validate(), which is not asked when a field is wrong
# breaks: R5
# should say: all of them in one answer
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

    def validate(self, attrs):
        unknown = set(self.initial_data) - {"band", "quantity"}
        if unknown:
            raise serializers.ValidationError({name: "This field is not accepted." for name in unknown})
        return attrs

# fault: strict numbers, but a field that nobody knows is passed over, as DRF does
# breaks: R4, R5
# should say: server sets | slip | not refused
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class Whole(serializers.IntegerField):
    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return data


class Row(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        if type(data) is not int:
            raise serializers.ValidationError("A whole number is wanted.")
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    band = Row(queryset=PriceBand.objects.all())
    quantity = Whole(min_value=1, max_value=10)

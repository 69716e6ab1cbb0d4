# fault: reads the names before it knows that there are any: a number as a body is a crash
# breaks: R3
# should say: no object | crash
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

    def to_internal_value(self, data):
        unknown = data.keys() - self.fields.keys()
        if unknown:
            raise serializers.ValidationError({name: ["Unknown."] for name in unknown})
        return super().to_internal_value(data)

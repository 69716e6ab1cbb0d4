# fault: a lowest quantity, but no highest: the database has to refuse 11
# breaks: R2, R5, R6
# should say: 11 | limits | max_value
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
    quantity = Whole(min_value=1)

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError({name: ["Unknown."] for name in unknown})
        return super().to_internal_value(data)

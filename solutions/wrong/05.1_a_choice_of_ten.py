# fault: a choice among 1 to 10 compares texts, so "2" is one of them; and a document would show no number
# breaks: R2, R5, R6
# should say: "2" | whole number | type
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class Row(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        if type(data) is not int:
            raise serializers.ValidationError("A whole number is wanted.")
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    band = Row(queryset=PriceBand.objects.all())
    quantity = serializers.ChoiceField(choices=range(1, 11))

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError({name: ["Unknown."] for name in unknown})
        return super().to_internal_value(data)

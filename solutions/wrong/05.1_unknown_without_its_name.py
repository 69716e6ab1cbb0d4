# fault: an unknown field is refused, under non_field_errors
# breaks: R5
# should say: non_field_errors | named | name
from rest_framework import serializers

from monolith.inventory.models import Hold


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


class NewHold(serializers.ModelSerializer):
    serializer_related_field = Row
    quantity = Whole(min_value=1, max_value=10)

    class Meta:
        model = Hold
        fields = ["band", "quantity"]

    def validate(self, attrs):
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(f"unknown fields: {', '.join(unknown)}")
        return attrs

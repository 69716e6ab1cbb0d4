# fault: all rules in validate(): nothing is filed under a field's name, and no document knows the limits
# breaks: R5, R6
# should say: non_field_errors | limits | named
from rest_framework import serializers

from monolith.catalog.models import PriceBand


class NewHold(serializers.Serializer):
    band = serializers.PrimaryKeyRelatedField(queryset=PriceBand.objects.all())
    quantity = serializers.IntegerField()

    def run_validation(self, data=serializers.empty):
        if isinstance(data, dict) and isinstance(data.get("band"), float):
            raise serializers.ValidationError({"band": ["No number with a point."]})
        return super().run_validation(data)

    def validate(self, attrs):
        for name in ("band", "quantity"):
            if type(self.initial_data[name]) is not int:
                raise serializers.ValidationError(f"{name} must be a whole number")
        if set(self.initial_data) != {"band", "quantity"}:
            raise serializers.ValidationError("only band and quantity may be sent")
        if not 1 <= attrs["quantity"] <= 10:
            raise serializers.ValidationError("1 to 10 seats")
        return attrs

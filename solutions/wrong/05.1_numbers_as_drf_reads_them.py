# fault: unknown fields are refused, but numbers are read as generously as DRF does
# breaks: R2, R5
# should say: "2" | type | infinity
from rest_framework import serializers

from monolith.inventory.models import Hold


class NewHold(serializers.ModelSerializer):
    class Meta:
        model = Hold
        fields = ["band", "quantity"]

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError({name: ["Unknown."] for name in unknown})
        return super().to_internal_value(data)

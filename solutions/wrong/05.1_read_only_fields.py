# fault: what the server sets is read-only, which DRF passes over when it is sent
# breaks: R4
# should say: server sets | 201
from rest_framework import serializers

from monolith.inventory.models import Hold


class NewHold(serializers.ModelSerializer):
    class Meta:
        model = Hold
        fields = ["band", "quantity", "buyer", "expires_at", "state", "reference"]
        read_only_fields = ["buyer", "expires_at", "state", "reference"]

    def to_internal_value(self, data):
        if isinstance(data, dict):
            wrong = {name: ["Unknown."] for name in data if name not in self.fields}
            for name in ("band", "quantity"):
                if name in data and type(data[name]) is not int:
                    wrong[name] = ["A whole number is wanted."]
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

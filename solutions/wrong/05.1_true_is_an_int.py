# fault: isinstance(data, int) takes true for 1
# breaks: R2, R5
# should say: true is an int | isinstance
from rest_framework import serializers

from monolith.inventory.models import Hold


class NewHold(serializers.ModelSerializer):
    class Meta:
        model = Hold
        fields = ["band", "quantity"]

    def to_internal_value(self, data):
        if isinstance(data, dict):
            wrong = {name: ["Unknown."] for name in data if name not in self.fields}
            for name in ("band", "quantity"):
                if name in data and not isinstance(data[name], int):
                    wrong[name] = ["A whole number is wanted."]
            if wrong:
                raise serializers.ValidationError(wrong)
            data = {**data, "quantity": int(data["quantity"])} if "quantity" in data else data
        return super().to_internal_value(data)

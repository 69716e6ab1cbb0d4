# idea: the model's own fields and limits, and a look at names and types before DRF reads anything
# shown beside the book's own answer
from rest_framework import serializers

from monolith.inventory.models import Hold


class NewHold(serializers.ModelSerializer):
    """What POST /api/v1/holds reads."""

    class Meta:
        model = Hold
        fields = ["band", "quantity"]

    def to_internal_value(self, data):
        if isinstance(data, dict):
            wrong = {}
            for name, value in data.items():
                if name not in self.fields:
                    wrong[name] = ["There is no such field."]
                elif type(value) is not int:
                    wrong[name] = ["A whole number is wanted."]
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

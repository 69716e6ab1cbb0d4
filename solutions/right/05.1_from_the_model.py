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
        wrong = {}
        if isinstance(data, dict):
            for name, value in data.items():
                if name not in self.fields:
                    wrong[name] = ["There is no such field."]
                elif type(value) is not int:
                    wrong[name] = ["A whole number is wanted."]
            data = {name: value for name, value in data.items() if name not in wrong}
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as problem:
            wrong = {**problem.detail, **wrong}  # a value that was left out is not missing
        if wrong:
            raise serializers.ValidationError(wrong)
        return known

# fault: validate() makes the hold itself, to see whether the database takes it
# breaks: R1
# should say: writes | holds | reads
from datetime import timedelta

from django.utils import timezone
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
                if name in data and type(data[name]) is not int:
                    wrong[name] = ["A whole number is wanted."]
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def validate(self, attrs):
        Hold.objects.create(**attrs, expires_at=timezone.now() + timedelta(seconds=60))
        return attrs

# fault: the quantity is read strictly, and the band as DRF reads it: 1.5 is band 1
# breaks: R2
# should say: band
from rest_framework import serializers

from monolith.inventory.models import Hold


class Whole(serializers.IntegerField):
    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return data


class NewHold(serializers.ModelSerializer):
    quantity = Whole(min_value=1, max_value=10)

    class Meta:
        model = Hold
        fields = ["band", "quantity"]

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError({name: ["Unknown."] for name in unknown})
        return super().to_internal_value(data)

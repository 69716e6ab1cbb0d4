# fault: a band is any number: whether there is such a row, the database says
# breaks: R2, R5
# should say: no band | crash | integrityerror
from rest_framework import serializers


class StrictInt(serializers.IntegerField):
    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictPk(serializers.PrimaryKeyRelatedField):
    def to_internal_value(self, data):
        if type(data) is not int:
            raise serializers.ValidationError("not a number")
        return super().to_internal_value(data)


class NewHold(serializers.Serializer):
    band = StrictInt(source="band_id", min_value=1)
    quantity = StrictInt(min_value=1, max_value=10)

    def to_internal_value(self, data):
        if isinstance(data, dict):
            bad = [k for k in data if k not in self.fields]
            if bad:
                raise serializers.ValidationError({k: ["not allowed"] for k in bad})
        return super().to_internal_value(data)

# fault: all fields of the model, so that the client must send, and may set, what is the server's
# breaks: R1, R4, R5, R6
# should say: expires_at | server | written
from rest_framework import serializers

from monolith.inventory.models import Hold


class NewHold(serializers.ModelSerializer):
    class Meta:
        model = Hold
        fields = "__all__"

    def to_internal_value(self, data):
        if isinstance(data, dict) and type(data.get("quantity")) is not int:
            raise serializers.ValidationError({"quantity": "A whole number is wanted."})
        return super().to_internal_value(data)

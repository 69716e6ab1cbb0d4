from django.db import models

from monolith.utils import TimeStampedModel


class Payment(TimeStampedModel):
    class State(models.TextChoices):
        CAPTURED = "captured"
        DECLINED = "declined"
        REFUNDED = "refunded"

    # coupling 1: a foreign key into orders
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="payments")
    key = models.CharField(max_length=80, unique=True)
    provider_id = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    state = models.CharField(max_length=10, choices=State)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state="captured"), name="payment_captured_once_an_order"
            )
        ]

    def __str__(self):
        return f"{self.amount} {self.state}"

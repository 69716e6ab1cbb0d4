from django.db import models

from boxoffice.chassis.models import TimeStampedModel
from boxoffice.contexts.payments import contracts


class Payment(TimeStampedModel):
    class State(models.TextChoices):
        CAPTURED = contracts.CAPTURED
        DECLINED = contracts.DECLINED
        REFUNDED = contracts.REFUNDED

    order_id = models.BigIntegerField(db_index=True)
    key = models.CharField(max_length=80, unique=True)
    provider_id = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    state = models.CharField(max_length=10, choices=State)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id"],
                condition=models.Q(state="captured"),
                name="payment_captured_once_an_order",
            )
        ]

    def __str__(self):
        return f"{self.amount} {self.state}"

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from monolith.utils import TimeStampedModel


class Order(TimeStampedModel):
    class State(models.TextChoices):
        PENDING = "pending"
        PAID = "paid"
        CANCELLED = "cancelled"
        REFUNDED = "refunded"

    number = models.CharField(max_length=20, unique=True)
    # coupling 1: a foreign key into accounts, and deleting an account deletes its orders
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    buyer_name = models.CharField(max_length=310)
    placed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-placed_at", "-pk"]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("orders:order", args=[self.number])


class OrderLine(TimeStampedModel):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    # coupling 1: foreign keys into catalog and inventory
    band = models.ForeignKey("catalog.PriceBand", on_delete=models.PROTECT, related_name="lines")
    hold = models.OneToOneField("inventory.Hold", on_delete=models.PROTECT, related_name="line")
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self):
        return f"{self.quantity} × {self.band_id}"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price

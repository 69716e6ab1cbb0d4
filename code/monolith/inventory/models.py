import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from monolith.utils import TimeStampedModel

MOST_SEATS = 10


class Allotment(TimeStampedModel):
    """How many seats of a price band there are, and how many are sold.

    Whoever sells or holds seats locks this row first.
    """

    # coupling 1: a foreign key into catalog
    band = models.OneToOneField("catalog.PriceBand", on_delete=models.CASCADE, related_name="allotment")
    capacity = models.PositiveIntegerField()
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sold__gte=0, sold__lte=models.F("capacity")),
                name="allotment_never_oversold",
            )
        ]

    def __str__(self):
        return f"{self.sold} of {self.capacity} sold"


class HoldQuerySet(models.QuerySet):
    def counting(self):
        """The holds that keep seats from others. One that ran out stops counting without anybody's help."""
        return self.filter(state=Hold.State.ACTIVE, expires_at__gt=timezone.now())


class Hold(TimeStampedModel):
    class State(models.TextChoices):
        ACTIVE = "active"
        CONSUMED = "consumed"
        RELEASED = "released"

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # coupling 1: foreign keys into catalog and accounts
    band = models.ForeignKey("catalog.PriceBand", on_delete=models.CASCADE, related_name="holds")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="holds"
    )
    quantity = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)

    objects = HoldQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["band", "state", "expires_at"], name="hold_counting")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=MOST_SEATS), name="hold_of_one_to_ten"
            )
        ]

    def __str__(self):
        return f"{self.quantity} × {self.band_id} ({self.state})"

    def get_absolute_url(self):
        return reverse("orders:checkout", args=[self.reference])

    @property
    def has_expired(self) -> bool:
        return self.state == self.State.ACTIVE and self.expires_at <= timezone.now()

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.expires_at - timezone.now()).total_seconds()))

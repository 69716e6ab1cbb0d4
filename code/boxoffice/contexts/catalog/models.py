from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from boxoffice.chassis.models import TimeStampedModel


class Venue(TimeStampedModel):
    name = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    address = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return f"{self.name}, {self.city}"


class Event(TimeStampedModel):
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="events")
    title = models.CharField(max_length=150)
    slug = models.SlugField(max_length=160, unique=True)
    description = models.TextField(blank=True)
    starts_at = models.DateTimeField(db_index=True)
    on_sale_at = models.DateTimeField(null=True, blank=True, help_text="Empty: on sale at once.")
    sales_closed = models.BooleanField(default=False)
    presented_by = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/events/{self.slug}/"  # a public address: whoever serves the pages keeps it

    @property
    def is_over(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def why_not_on_sale(self) -> str:
        """A sentence for the buyer; empty while tickets may be bought."""
        if self.is_over:
            return "This event has already started."
        if self.sales_closed:
            return "The sale for this event is closed."
        if self.on_sale_at and self.on_sale_at > timezone.now():
            opens = timezone.localtime(self.on_sale_at)
            return f"Tickets go on sale on {opens.day} {opens:%B %Y at %H:%M}."
        return ""


class PriceBand(TimeStampedModel):
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="bands")
    name = models.CharField(max_length=60)
    price = models.DecimalField(
        max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return f"{self.event}: {self.name}"

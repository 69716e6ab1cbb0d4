from django.contrib.auth.models import AbstractUser
from django.db import models

from boxoffice.chassis.models import TimeStampedModel


class User(AbstractUser):
    """A buyer, or one of the staff. The e-mail address serves as the username too."""

    email = models.EmailField("e-mail address", unique=True)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.email


class Organiser(TimeStampedModel):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="organiser")
    name = models.CharField(max_length=120)
    vat_number = models.CharField("VAT number", max_length=20, blank=True)

    def __str__(self):
        return self.name

"""What every app shares. Everything imports it, so nobody dares to change it."""

import secrets
from decimal import Decimal

from django.core.mail import send_mail
from django.core.paginator import Page, Paginator
from django.db import models
from django.template.loader import render_to_string

# No letters or digits that are mistaken for one another when read out at the door.
ORDER_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"
PENNY = Decimal("0.01")


# coupling 7: every model of every app inherits from here
class TimeStampedModel(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


def pounds(amount: Decimal) -> Decimal:
    """The amount to the penny (SQLite hands sums back with stray decimals)."""
    return Decimal(amount).quantize(PENNY)


def format_money(amount: Decimal) -> str:
    return f"£{pounds(amount):,}"


def order_number(choice=secrets.choice) -> str:
    """A number such as CC-7KQM-4TXA; `choice` picks one letter of many."""
    letters = [choice(ORDER_ALPHABET) for _ in range(8)]
    return f"CC-{''.join(letters[:4])}-{''.join(letters[4:])}"


def send_templated_mail(template: str, recipient: str, context: dict) -> None:
    """Send mail/<template>.txt: its first line is the subject, the rest the text."""
    subject, _, body = render_to_string(f"mail/{template}.txt", context).partition("\n")
    send_mail(subject.strip(), body.strip() + "\n", None, [recipient])


def page_of(items, number, size: int) -> Page:
    """The page that was asked for; the nearest there is, if it makes no sense."""
    return Paginator(items, size).get_page(number)

"""The mail about an order."""

from monolith.notifications.models import Preference
from monolith.utils import send_templated_mail


def wants_mail(email: str) -> bool:
    """True unless the address asked to be left alone."""
    return not Preference.objects.filter(email=email, wants_mail=False).exists()


def send_confirmation(order) -> bool:
    """Mail the buyer about the order; False if the buyer wants no mail."""
    if not wants_mail(order.buyer.email):
        return False
    lines = order.lines.select_related("band__event__venue")
    send_templated_mail(f"order_{order.state}", order.buyer.email, {"order": order, "lines": lines})
    return True

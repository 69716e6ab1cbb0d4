"""How amounts are written. No Django in here."""

from decimal import Decimal

PENNY = Decimal("0.01")


def pounds(amount: Decimal) -> Decimal:
    """The amount to the penny (SQLite hands sums back with stray decimals)."""
    return Decimal(amount).quantize(PENNY)


def format_money(amount: Decimal) -> str:
    return f"£{pounds(amount):,}"

"""Why a purchase did not happen: each with a sentence for the buyer."""


class CheckoutError(Exception):
    """The buyer can be told the text."""


class NotOnSale(CheckoutError):
    pass


class SoldOut(CheckoutError):
    pass


class HoldOver(CheckoutError):
    """The hold ran out, or was given back."""


class PaymentFailed(CheckoutError):
    pass

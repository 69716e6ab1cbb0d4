from rest_framework import serializers

from boxoffice.chassis.fields import Flag, Input, Numbers, Reference, Whole
from boxoffice.contexts.inventory.contracts import MOST_SEATS


class Ids(Input):
    ids = Numbers()


class NewHold(Input):
    """The seats wanted. Whose they will be says the token, and how long, the service."""

    band_id = Whole()
    quantity = Whole(min_value=1, max_value=MOST_SEATS)


class Attempt(Input):
    attempt = Reference()


class Return(Input):
    attempt = Reference(allow_null=True, default=None)
    keep_hold = Flag(default=False)


class Capacity(Input):
    capacity = Whole(max_value=1_000_000)


class Bands(Input):
    band_ids = serializers.ListField(child=Whole(), max_length=500)

"""How many seats are left."""

from django.db.models import F, OuterRef, PositiveIntegerField, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from monolith.inventory.models import Allotment, Hold


def with_seats_left(allotments: QuerySet) -> QuerySet:
    """The allotments, each with `seats_left`: capacity, less what is sold, less what is held."""
    held = (
        Hold.objects.counting()
        .filter(band=OuterRef("band"))
        .order_by()
        .values("band")
        .annotate(seats=Sum("quantity"))
        .values("seats")
    )
    seats_held = Coalesce(Subquery(held, output_field=PositiveIntegerField()), 0)
    return allotments.annotate(seats_left=Greatest(F("capacity") - F("sold") - seats_held, 0))


def seats_left_in(event) -> dict[int, int]:
    """Seats left by the id of the price band, in one query. A band without an allotment is not in it."""
    allotments = with_seats_left(Allotment.objects.filter(band__event=event))
    return dict(allotments.values_list("band_id", "seats_left"))

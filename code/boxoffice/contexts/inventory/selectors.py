"""What may be asked of inventory."""

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from boxoffice.contexts.inventory.contracts import AvailabilityContract, HoldContract, HoldNotFound
from boxoffice.contexts.inventory.models import Allotment, Hold


def with_held(allotments: QuerySet) -> QuerySet:
    """The allotments, each with `held`: the seats that running holds keep from others."""
    held = (
        Hold.objects.counting()
        .filter(band_id=OuterRef("band_id"))
        .order_by()
        .values("band_id")
        .annotate(seats=Sum("quantity"))
        .values("seats")
    )
    return allotments.annotate(held=Coalesce(Subquery(held, output_field=IntegerField()), 0))


def availability(band_ids) -> dict[int, AvailabilityContract]:
    rows = with_held(Allotment.objects.filter(band_id__in=band_ids)).values_list(
        "band_id", "capacity", "sold", "held"
    )
    return {row[0]: AvailabilityContract(*row) for row in rows}


def get_hold(*, actor, reference) -> HoldContract:
    found = Hold.objects.filter(reference=reference, buyer_id=actor.id).first()
    if found is None:
        raise HoldNotFound()
    return as_contract(found)


def as_contract(hold: Hold) -> HoldContract:
    return HoldContract(
        reference=hold.reference,
        band_id=hold.band_id,
        buyer_id=hold.buyer_id,
        quantity=hold.quantity,
        expires_at=hold.expires_at,
        state=str(hold.state),
    )

"""What may happen to seats. Whoever changes how many are taken locks the allotment first."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.databases import atomic
from boxoffice.chassis.idempotency import once
from boxoffice.contexts.inventory.contracts import (
    MOST_SEATS,
    AvailabilityContract,
    HoldContract,
    HoldExpired,
    HoldNotFound,
    HoldReleased,
    NoSeatsForSale,
    SeatsChangedContract,
    SeatsTaken,
    SenselessQuantity,
    SoldOut,
)
from boxoffice.contexts.inventory.events import outbox
from boxoffice.contexts.inventory.models import Allotment, Hold, KeyedAnswer
from boxoffice.contexts.inventory.selectors import as_contract, with_held


def place_hold(*, actor: Actor, band_id: int, quantity: int, key: str = "") -> HoldContract:
    if not 1 <= quantity <= MOST_SEATS:
        raise SenselessQuantity()
    return once(
        KeyedAnswer,
        HoldContract,
        lambda: _hold_seats(actor, band_id, quantity),
        caller=actor.id,
        key=key,
        band_id=band_id,
        quantity=quantity,
    )


def _hold_seats(actor: Actor, band_id: int, quantity: int) -> HoldContract:
    with atomic(Hold):
        allotment = _locked(band_id)
        left = allotment.capacity - allotment.sold - _held(band_id)
        if quantity > left:
            raise SoldOut(left=max(0, left))
        hold = Hold.objects.create(
            band_id=band_id,
            buyer_id=actor.id,
            quantity=quantity,
            expires_at=timezone.now() + timedelta(seconds=settings.HOLD_SECONDS),
        )
        _tell(band_id, hold)
    return as_contract(hold)


def release_hold(*, actor: Actor, reference) -> HoldContract:
    with atomic(Hold):
        hold = _hold(reference=reference, buyer_id=actor.id)
        if hold.state == Hold.State.ACTIVE:
            _save(hold, Hold.State.RELEASED)
    return as_contract(hold)


def consume_hold(*, reference, attempt) -> HoldContract:
    with atomic(Hold):
        allotment, hold = _allotment_and_hold(reference)
        if hold.state == Hold.State.RELEASED:
            raise HoldReleased()
        if hold.has_expired:
            raise HoldExpired()
        if hold.state == Hold.State.ACTIVE:
            if allotment is None or allotment.sold + hold.quantity > allotment.capacity:
                raise SoldOut("These seats were taken out of the sale. Please choose again.", left=0)
            _sell(allotment, hold.quantity)
        hold.attempt = attempt
        _save(hold, Hold.State.CONSUMED)
    return as_contract(hold)


def return_seats(*, reference, attempt=None, keep_hold: bool = False) -> HoldContract:
    with atomic(Hold):
        allotment, hold = _allotment_and_hold(reference)
        if hold.state == Hold.State.CONSUMED and attempt in (None, hold.attempt):
            _sell(allotment, -hold.quantity)
            still_runs = hold.expires_at > timezone.now()
            _save(hold, Hold.State.ACTIVE if keep_hold and still_runs else Hold.State.RELEASED)
    return as_contract(hold)


def set_capacity(band_id: int, capacity: int) -> AvailabilityContract:
    with atomic(Allotment):
        Allotment.objects.get_or_create(band_id=band_id, defaults={"capacity": capacity})
        allotment, held = _locked(band_id), _held(band_id)
        if capacity < (taken := allotment.sold + held):
            raise SeatsTaken(f"{taken} seats are sold or held already.", taken=taken)
        allotment.capacity = capacity
        allotment.save(update_fields=["capacity", "updated_at"])
        _tell(band_id)
    return AvailabilityContract(band_id, capacity, allotment.sold, held)


def withdraw(band_ids) -> None:
    with atomic(Allotment):
        # in one order everywhere: two that lock the same rows cannot wait for each other
        locked = Allotment.objects.select_for_update().filter(band_id__in=band_ids).order_by("band_id")
        taken = sum(allotment.sold + _held(allotment.band_id) for allotment in locked)
        if taken:
            raise SeatsTaken(f"{taken} seats are sold or held already.", taken=taken)
        Allotment.objects.filter(band_id__in=band_ids).delete()
        for allotment in locked:
            _tell(allotment.band_id)


def _locked(band_id: int) -> Allotment:
    """The band's allotment, locked until the transaction ends: sales of one band queue here."""
    try:
        return Allotment.objects.select_for_update().get(band_id=band_id)
    except Allotment.DoesNotExist:
        raise NoSeatsForSale() from None


def _held(band_id: int) -> int:
    return with_held(Allotment.objects.filter(band_id=band_id)).values_list("held", flat=True)[0]


def _hold(**which) -> Hold:
    try:
        return Hold.objects.select_for_update().get(**which)
    except Hold.DoesNotExist:
        raise HoldNotFound() from None


def _allotment_and_hold(reference) -> tuple[Allotment | None, Hold]:
    """Both locked, the allotment first, as everywhere; None for one that was withdrawn: it had no seats sold."""
    band_id = Hold.objects.filter(reference=reference).values_list("band_id", flat=True).first()
    if band_id is None:
        raise HoldNotFound()
    allotment = Allotment.objects.select_for_update().filter(band_id=band_id).first()
    return allotment, _hold(reference=reference)


def _sell(allotment: Allotment, quantity: int) -> None:
    """Count seats as sold (or, below zero, as returned)."""
    allotment.sold += quantity
    allotment.save(update_fields=["sold", "updated_at"])


def _save(hold: Hold, state: str) -> None:
    hold.state = state
    hold.save(update_fields=["state", "attempt", "updated_at"])
    _tell(hold.band_id, hold)


def _tell(band_id: int, hold: Hold | None = None) -> None:
    by = (hold.reference, str(hold.state)) if hold else (None, "")
    outbox.tell("seats.changed", SeatsChangedContract(band_id, *by))

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from monolith.catalog.models import Event
from monolith.catalog.views import event_page
from monolith.inventory.models import Hold
from monolith.orders import checkout
from monolith.orders.errors import CheckoutError
from monolith.orders.forms import HoldForm
from monolith.orders.models import Order
from monolith.utils import page_of

PAGE_SIZE = 20


def hold(request, slug):
    """POST keeps seats. GET is where the login page sends people back to: on to the event."""
    event = get_object_or_404(Event, slug=slug)
    if request.method == "POST":
        return _hold(request, event)
    return redirect(event)


@login_required
def _hold(request, event):
    form = HoldForm(event, request.POST)
    if not form.is_valid():
        for sentence in form.sentences():
            messages.error(request, sentence)
        return event_page(request, event, status=400)
    try:
        kept = checkout.place_hold(request, form.cleaned_data["band"], form.cleaned_data["quantity"])
    except CheckoutError as problem:
        messages.error(request, str(problem))
        return redirect(event)
    return redirect(kept)


def _own_hold(request, reference) -> Hold:
    holds = Hold.objects.select_related("band__event__venue")
    return get_object_or_404(holds, reference=reference, buyer=request.user)


@require_safe
@login_required
def checkout_page(request, reference):
    kept = _own_hold(request, reference)
    if kept.state == Hold.State.CONSUMED:
        return redirect(kept.line.order)
    context = {
        "hold": kept,
        "state": "expired" if kept.has_expired else kept.state,
        "total": kept.band.price * kept.quantity,
    }
    return render(request, "orders/checkout.html", context)


@require_POST
@login_required
def pay(request, reference):
    kept = _own_hold(request, reference)
    try:
        order = checkout.pay(request, kept)
    except CheckoutError as problem:
        messages.error(request, str(problem))
        return redirect(kept)
    messages.success(request, f"Thank you. Order {order.number} is paid.")
    return redirect(order)


@require_POST
@login_required
def release(request, reference):
    kept = _own_hold(request, reference)
    checkout.release_hold(kept)
    messages.success(request, "Your seats were given back.")
    return redirect(kept.band.event)


@require_safe
@login_required
def orders(request):
    page = page_of(
        request.user.orders.prefetch_related("lines__band__event"), request.GET.get("page"), PAGE_SIZE
    )
    return render(request, "orders/orders.html", {"page": page})


@require_safe
@login_required
def order(request, number):
    mine = request.user.orders.prefetch_related("lines__band__event__venue", "payments")
    return render(request, "orders/order.html", {"order": get_object_or_404(mine, number=number)})


@require_POST
@login_required
def cancel(request, number):
    found = get_object_or_404(Order, number=number, buyer=request.user)
    try:
        checkout.cancel(found)
    except CheckoutError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Order {found.number} is cancelled, and your money is on its way back.")
    return redirect(found)

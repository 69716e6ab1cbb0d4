"""From seats wanted to tickets paid, and back again."""

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from boxoffice.chassis.errors import NotFound, OutcomeUnknown, Refusal, Unavailable
from boxoffice.contexts.catalog import facade as catalog
from boxoffice.contexts.orders import facade as orders
from boxoffice.services.web.forms import HoldForm
from boxoffice.services.web.views.programme import event_page
from boxoffice.services.web.visitors import log_in_first

# What a buyer is told on the page where the button was; a NotFound is a page that does not exist.
TOLD = (Refusal, Unavailable, OutcomeUnknown)


def hold(request, slug):
    """POST keeps seats. GET is where the login page sends people back to: on to the event."""
    event = catalog.get_event_by_slug(slug)
    if request.method == "POST":
        return _hold(request, event)
    return redirect("event", slug=slug)


@log_in_first
def _hold(request, event):
    form = HoldForm(event, request.POST)
    if not form.is_valid():
        for sentence in form.sentences():
            messages.error(request, sentence)
        return event_page(request, event, status=400)
    wanted = {"band_id": form.cleaned_data["band"], "quantity": form.cleaned_data["quantity"]}
    try:
        reference = orders.place_hold(actor=request.actor, **wanted)
    except TOLD as problem:
        messages.error(request, str(problem))
        return redirect("event", slug=event.slug)
    request.session["held"] = {"reference": str(reference), "slug": event.slug}
    return redirect("checkout", reference=reference)


@require_safe
@never_cache
@log_in_first
def state(request, reference):
    """How long the seats are still held, for an open page that no socket tells."""
    found = orders.get_checkout(actor=request.actor, reference=reference)
    return JsonResponse({"state": found.state, "seconds_left": found.seconds_left})


@require_safe
@log_in_first
def checkout(request, reference):
    found = orders.get_checkout(actor=request.actor, reference=reference)
    if found.state == "ordered":
        return redirect("order", number=found.order_number)
    return render(request, "web/checkout.html", {"checkout": found})


@require_POST
@log_in_first
def pay(request, reference):
    try:
        order = orders.pay(actor=request.actor, reference=reference)
    except NotFound:
        raise
    except TOLD as problem:
        messages.error(request, str(problem))
        return redirect("checkout", reference=reference)
    messages.success(request, f"Thank you. Order {order.number} is paid.")
    return redirect("order", number=order.number)


@require_POST
@log_in_first
def release(request, reference):
    slug = orders.get_checkout(actor=request.actor, reference=reference).slug
    orders.release(actor=request.actor, reference=reference)
    messages.success(request, "Your seats were given back.")
    return redirect("event", slug=slug)


@require_safe
@log_in_first
def order_list(request):
    page = orders.list_orders(actor=request.actor, page=request.GET.get("page", "1")[:20])
    return render(request, "web/orders.html", {"page": page})


@require_safe
@log_in_first
def order(request, number):
    return render(request, "web/order.html", {"order": orders.get_order(actor=request.actor, number=number)})


@require_POST
@log_in_first
def cancel(request, number):
    try:
        orders.cancel(actor=request.actor, number=number)
    except NotFound:
        raise
    except TOLD as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Order {number} is cancelled, and your money is on its way back.")
    return redirect("order", number=number)

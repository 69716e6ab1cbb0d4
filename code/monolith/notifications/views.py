from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from monolith.notifications.confirmation import wants_mail
from monolith.notifications.models import Preference
from monolith.notifications.unread import forget
from monolith.utils import page_of

PAGE_SIZE = 20


@require_safe
@login_required
def notifications(request):
    """The buyer's notifications; having been shown, they are read."""
    page = page_of(request.user.notifications.all(), request.GET.get("page"), PAGE_SIZE)
    context = {"page": page, "wants_mail": wants_mail(request.user.email)}
    response = render(request, "notifications/notifications.html", context)
    request.user.notifications.filter(is_read=False).update(is_read=True)
    forget(request.user.pk)
    return response


@require_POST
@login_required
def preference(request):
    wanted = request.POST.get("wants_mail") == "1"
    Preference.objects.update_or_create(email=request.user.email, defaults={"wants_mail": wanted})
    messages.success(
        request, "You will get mail about your orders." if wanted else "You will get no more mail."
    )
    return redirect("notifications:notifications")

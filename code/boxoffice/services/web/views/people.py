"""Logging in, logging out, registering, notifications."""

from django.contrib import messages
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from boxoffice.contexts.accounts import facade as accounts
from boxoffice.contexts.accounts.contracts import NotRegistered, WrongCredentials
from boxoffice.contexts.notifications import facade as notifications
from boxoffice.services.web.forms import LoginForm, RegisterForm
from boxoffice.services.web.visitors import log_in, log_in_first, log_out


@require_http_methods(["GET", "HEAD", "POST"])
def login(request):
    if request.actor:
        return HttpResponseRedirect(_way_on(request))
    form = LoginForm(request.POST or None)
    if form.is_valid() and _logged_in(request, form):
        return HttpResponseRedirect(_way_on(request))
    return render(request, "web/login.html", {"form": form, "next": _way_on(request, default="")})


@require_http_methods(["GET", "HEAD", "POST"])
def admin_login(request):
    """The same for the staff: whoever is somebody else is told so."""
    if request.actor and request.actor.is_staff:
        return HttpResponseRedirect(_way_on(request, default="/admin/"))
    form = LoginForm(request.POST or None)
    if form.is_valid() and _logged_in(request, form):
        if request.actor.is_staff:
            return HttpResponseRedirect(_way_on(request, default="/admin/"))
        form.add_error(None, "The admin is for the staff.")
    context = {"form": form, "next": _way_on(request, default="/admin/")}
    return render(request, "web/admin_login.html", context)


def _logged_in(request, form: LoginForm) -> bool:
    try:
        log_in(request, accounts.authenticate(form.cleaned_data["username"], form.cleaned_data["password"]))
    except WrongCredentials as problem:
        form.add_error(None, str(problem))
        return False
    return True


def _way_on(request, default: str = "/") -> str:
    """The address to which the visitor wanted to go, if that is here. (No name of a view: `redirect` would
    take it for one.)"""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if here else default


@require_POST
def logout(request):
    log_out(request)
    return redirect("events")


@require_POST
@never_cache
def live_token(request):
    """The visitor's access token, for the first message of a socket. A POST, with the page's CSRF token: no other site can ask."""
    if request.actor is None:
        return JsonResponse({}, status=401)
    return JsonResponse({"token": request.actor.token})


@require_http_methods(["GET", "HEAD", "POST"])
def register(request):
    form = RegisterForm(request.POST or None)
    if form.is_valid():
        try:
            log_in(request, accounts.register(**form.cleaned_data))
        except NotRegistered as problem:
            form.refuse(problem.fields)
        else:
            return redirect("events")
    return render(request, "web/register.html", {"form": form})


@require_safe
@log_in_first
def notifications_page(request):
    """The visitor's notifications; having been shown, they are read."""
    shown = notifications.list_notifications(actor=request.actor, page=request.GET.get("page", "1")[:20])
    wanted = notifications.wants_mail(actor=request.actor)
    return render(request, "web/notifications.html", {"page": shown, "wants_mail": wanted})


@require_safe
@never_cache
@log_in_first
def unread(request):
    return JsonResponse({"count": notifications.unread_count(actor=request.actor)})


@require_POST
@log_in_first
def preference(request):
    wanted = request.POST.get("wants_mail") == "1"
    notifications.set_wants_mail(actor=request.actor, wanted=wanted)
    messages.success(
        request, "You will get mail about your orders." if wanted else "You will get no more mail."
    )
    return redirect("notifications")

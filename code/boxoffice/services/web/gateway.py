"""The admins of other services, below this site's own address.

A service with an admin trusts no session of ours: it gets the visitor's token with each request. Only the
cookies that it made itself go along (its CSRF cookie and its messages), never our session's.
"""

from functools import wraps
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from boxoffice.chassis.client import session
from boxoffice.chassis.middleware import request_id
from boxoffice.services.common import WITH_ADMIN
from boxoffice.services.web.visitors import to_login

COOKIES = ("csrftoken", "messages")
DROPPED = {
    "connection",
    "transfer-encoding",
    "content-length",
    "content-encoding",
    "set-cookie",
    "server",
    "date",
}
SECONDS = 30


def elsewhere() -> list[str]:
    """The contexts whose admin runs in another service."""
    return [context for context in WITH_ADMIN if context not in settings.CONTEXTS]


def for_staff(view):
    """For a view: anybody else is sent to the admin's login."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.actor is None or not request.actor.is_staff:
            return to_login(request, "/admin/login/")
        return view(request, *args, **kwargs)

    return checked


@for_staff
def index(request):
    """Where no admin runs here: the way to those that run elsewhere."""
    return render(request, "web/admin_index.html", {"contexts": elsewhere()})


@csrf_exempt  # the service checks it: the form, and the cookie, are its own
@for_staff
def forward(request, context: str, rest: str = ""):
    """Hand a request for `/admin/<context>/…` on to the service, and its answer back."""
    return _handed_on(request, context)


@csrf_exempt
@for_staff
def autocomplete(request):
    """The admin's look-up of related rows says in a parameter whose they are."""
    context = request.GET.get("app_label", "")
    if context not in elsewhere():
        return HttpResponse(status=404)
    return _handed_on(request, context)


def _handed_on(request, context: str) -> HttpResponse:
    url = settings.CONTEXT_URLS[context]
    headers = {
        "Authorization": f"Bearer {request.actor.token}",
        "Host": request.get_host(),
        "X-Request-ID": request_id.get(),
        "Cookie": "; ".join(f"{name}={request.COOKIES[name]}" for name in COOKIES if name in request.COOKIES),
    }
    headers |= {
        name: request.headers[name]
        for name in ("Content-Type", "Accept", "Referer", "Origin", "X-Requested-With")
        if name in request.headers
    }
    try:
        answer = session().request(
            request.method,
            url + request.get_full_path(),
            data=request.body,
            headers=headers,
            timeout=SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        sentence = f"The admin of {context} cannot be reached at the moment."
        return render(request, "503.html", {"sentence": sentence}, status=503)
    response = HttpResponse(answer.content, status=answer.status_code)
    for name, value in answer.headers.items():
        if name.lower() not in DROPPED:
            response[name] = value
    if location := answer.headers.get("Location"):
        response["Location"] = urlsplit(location)._replace(scheme="", netloc="").geturl()
    for cookie in answer.cookies:
        if cookie.name in COOKIES:
            if cookie.is_expired():
                response.delete_cookie(cookie.name)
            else:
                response.set_cookie(cookie.name, cookie.value, samesite="Lax", expires=None)
    return response

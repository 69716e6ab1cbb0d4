from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from monolith.accounts.forms import LoginForm, RegisterForm


class Login(LoginView):
    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


@require_http_methods(["GET", "HEAD", "POST"])
def register(request):
    form = RegisterForm(request.POST or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:  # the same form was sent twice at once
            form.add_error("email", "There is an account with this address already.")
        else:
            login(request, user)
            return redirect("catalog:events")
    return render(request, "accounts/register.html", {"form": form})

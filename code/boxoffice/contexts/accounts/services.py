"""What may happen to accounts."""

from django.contrib.auth import authenticate as check_password
from django.contrib.auth.models import update_last_login
from django.db import IntegrityError

from boxoffice.chassis.databases import atomic
from boxoffice.contexts.accounts.contracts import NotRegistered, TokensContract, WrongCredentials
from boxoffice.contexts.accounts.forms import RegisterForm
from boxoffice.contexts.accounts.models import User
from boxoffice.contexts.accounts.signing import tokens_for

TAKEN = {"email": ["There is an account with this address already."]}


def authenticate(email: str, password: str) -> TokensContract:
    user = check_password(username=email.lower(), password=password)
    if user is None:
        raise WrongCredentials()
    update_last_login(None, user)
    return tokens_for(user)


def register(**fields: str) -> TokensContract:
    form = RegisterForm(fields)
    if not form.is_valid():
        raise NotRegistered(fields={name: list(sentences) for name, sentences in form.errors.items()})
    try:
        with atomic(User):
            user = form.save()
    except IntegrityError:  # the same form was sent twice at once
        raise NotRegistered(fields=TAKEN) from None
    return tokens_for(user)

"""What every deployable has in common: the chassis' base, and what its contexts want.

The chassis knows no context, and a context knows no deployable: here the two meet.
"""

import os

from django.core.exceptions import ImproperlyConfigured

from boxoffice.chassis import environment, keys, settings

ALL_CONTEXTS = ("accounts", "catalog", "inventory", "orders", "payments", "reporting", "notifications")
WITH_ADMIN = ("accounts", "catalog", "inventory", "orders", "notifications")

# Whom each context calls. There is no circle in it: a circle of synchronous calls is a deadlock to come.
CALLS = {
    "accounts": (),
    "catalog": ("inventory",),
    "inventory": (),
    "payments": (),
    "notifications": ("catalog", "inventory"),
    "orders": ("catalog", "inventory", "payments", "notifications"),
    "reporting": ("orders", "catalog"),
}


def service(
    name: str, contexts: tuple[str, ...], *, calls: tuple[str, ...] = (), apps: tuple[str, ...] = (), **more
) -> dict:
    """The settings of the deployable `name`, which embeds `contexts`.

    It reaches over HTTP whatever its contexts call and it does not embed, `calls` besides, and accounts
    for its own token. `more` is handed on to the chassis.
    """
    if unknown := set(contexts) - set(ALL_CONTEXTS):
        raise ImproperlyConfigured(f"CONTEXTS: there is no {', '.join(sorted(unknown))}.")
    wanted = {*calls, *(callee for context in contexts for callee in CALLS[context]), "accounts"}
    outside = tuple(context for context in ALL_CONTEXTS if context in wanted - {*contexts})
    more.setdefault("admin", bool(set(contexts) & set(WITH_ADMIN)))
    own = [app for context in contexts for app in BRINGS.get(context, ())]
    base = settings.base(
        name,
        contexts,
        calls=outside,
        auth="accounts" in contexts,
        apps=("boxoffice.services", *apps, *own),
        **more,
    )
    base["SERVICE_TOKENS"] = "boxoffice.contexts.accounts.facade.service_token"
    for context in contexts:
        base |= WANTS.get(context, dict)()
    # orders waits for payments, and payments for the provider
    base["PAYMENTS_TIMEOUT"] = environment.number("PAYMENTS_TIMEOUT", 2, least=0.01)
    return base


def accounts() -> dict:
    """What only accounts may know: the private key, and which services there are."""
    wanted = os.environ.get("PASSWORD_HASHER") or "pbkdf2"
    strong = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    if wanted == "pbkdf2":
        hashers = [strong]
    elif wanted == "md5" and environment.flag("LAB"):
        hashers = ["django.contrib.auth.hashers.MD5PasswordHasher", strong]
    else:
        raise ImproperlyConfigured(f"PASSWORD_HASHER must be pbkdf2 (or md5, under LAB=1), not {wanted!r}.")
    if not os.environ.get("TOKEN_PRIVATE_KEY"):
        raise ImproperlyConfigured(
            "TOKEN_PRIVATE_KEY must be set where accounts runs, and TOKEN_PUBLIC_KEYS everywhere: "
            "`python -m boxoffice.chassis.keys` prints a pair."
        )
    try:
        keys.private_from(os.environ["TOKEN_PRIVATE_KEY"])
    except ValueError as problem:
        raise ImproperlyConfigured(f"TOKEN_PRIVATE_KEY cannot be read: {problem}.") from None
    clients = environment.json_object("SERVICE_CLIENTS")
    if not all(
        isinstance(client, dict)
        and isinstance(client.get("sha256"), str)
        and isinstance(client.get("contexts"), list)
        for client in clients.values()
    ):
        raise ImproperlyConfigured('SERVICE_CLIENTS must say of each service {"sha256": …, "contexts": […]}.')
    validation = "django.contrib.auth.password_validation"
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "TOKEN_PRIVATE_KEY": os.environ["TOKEN_PRIVATE_KEY"],
        "TOKEN_SECONDS": environment.number("TOKEN_SECONDS", 600, least=1),
        "REFRESH_SECONDS": environment.number("REFRESH_SECONDS", 14 * 24 * 3600, least=1),
        "SERVICE_CLIENTS": clients,
        "PASSWORD_HASHERS": hashers,
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"{validation}.UserAttributeSimilarityValidator"},
            {"NAME": f"{validation}.MinimumLengthValidator"},
            {"NAME": f"{validation}.CommonPasswordValidator"},
        ],
    }


def inventory() -> dict:
    return {"HOLD_SECONDS": environment.number("HOLD_SECONDS", 60, least=1, kind=int)}


def payments() -> dict:
    return {"PROVIDER_URL": environment.address("PROVIDER_URL", "http://127.0.0.1:8001")}


def notifications() -> dict:
    """Mail goes into files under MAIL_DIR, or nowhere: by a task where a worker does them (TASK_WORKER=1), else at once."""
    folder = os.environ.get("MAIL_DIR", "")
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{'filebased' if folder else 'dummy'}.EmailBackend",
        "EMAIL_FILE_PATH": folder or None,
        "DEFAULT_FROM_EMAIL": "Curtain Call <tickets@example.org>",
        "EMAIL_TIMEOUT": 20,  # seconds, well below the lease of a task
        "TASK_WORKER": environment.flag("TASK_WORKER"),
        # seconds that a task may run: one that takes longer may be overtaken by another attempt
        "TASK_LEASE": environment.number("TASK_LEASE", 60, least=1),
        "TASKS": {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}},
        "LODGERS": {"django_tasks_database": "notifications"},
    }


# apps that a context's own work needs
BRINGS = {"notifications": ("django_tasks", "django_tasks_db")}

WANTS = {
    "accounts": accounts,
    "inventory": inventory,
    "payments": payments,
    "notifications": notifications,
}

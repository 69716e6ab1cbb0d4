"""The arrangements of the box office: the same code, as one process or as several.

monolith         every context in one process, one database
databases        every context in one process, a database for each
split            each context a process of its own, with a database of its own
apart:inventory  that one context alone taken out, with its database; all others as in `monolith`
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field

from lab.backend import Service
from lab.errors import LabError

CONTEXTS = ("accounts", "catalog", "inventory", "orders", "payments", "reporting", "notifications")
NAMES = ("monolith", "databases", "split", *(f"apart:{context}" for context in CONTEXTS))
STORES_NOTHING = {"reporting"}
# Whose messages are carried by a process of their own, and who listens with one, where messages travel in Redis.
TELL, LISTEN = {"orders", "inventory"}, {"notifications"}
WORK = {"notifications"}  # has tasks that a worker does
FRONT = "web"  # the service that visitors meet


@dataclass(frozen=True)
class Part:
    """One process of an arrangement, and what it holds."""

    name: str
    contexts: tuple[str, ...]
    # the databases it wants, by the variable that names each
    databases: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        return Service(
            name=self.name,
            app=f"boxoffice.services.{self.name}.wsgi:application",
            settings=f"boxoffice.services.{self.name}.settings",
            prepare=(("prepare", "--seed"),),
            threads=60 if self.name == FRONT else 32,
        )

    @property
    def carriers(self) -> list[Service]:
        """The processes beside it: they send what its contexts tell, act on what they hear, do tasks, and hold open sockets."""
        commands = [("relay", TELL), ("listen", LISTEN), ("work", WORK)]
        live = Service(
            name=f"{self.name}-live",
            asgi=f"boxoffice.services.{self.name}.asgi:application",
            settings=self.service.settings,
        )
        return [
            Service(name=f"{self.name}-{command}", settings=self.service.settings, command=(command,))
            for command, contexts in commands
            if contexts & {*self.contexts}
        ] + ([live] if LISTEN & {*self.contexts} else [])


def parts(arrangement: str) -> list[Part]:
    """The processes of an arrangement, the front last. LabError names the arrangements there are."""
    if arrangement not in NAMES:
        raise LabError(f"there is no arrangement {arrangement!r}. There are: {', '.join(NAMES)}")
    if arrangement == "split":
        return [*(_alone(context) for context in CONTEXTS), Part(FRONT, (), {"DATABASE_URL": FRONT})]
    apart = arrangement.partition(":")[2]
    inside = tuple(context for context in CONTEXTS if context != apart)
    databases = {"DATABASE_URL": FRONT}
    if arrangement == "databases":
        own = [context for context in CONTEXTS if context not in STORES_NOTHING | {"accounts"}]
        databases = {"DATABASE_URL": "accounts", **{f"{name.upper()}_DATABASE_URL": name for name in own}}
    return [*([_alone(apart)] if apart else []), Part(FRONT, inside, databases)]


def _alone(context: str) -> Part:
    return Part(context, (context,), {} if context in STORES_NOTHING else {"DATABASE_URL": context})


def environments(chosen: list[Part], urls: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each part must know, by its name: where the others are, and secrets that are its own alone.

    `urls` holds the address of every part, and of the payment provider. The private key that signs tokens
    goes to whichever part holds accounts, and to no other.
    """
    from boxoffice.chassis.keys import new_pair

    private_key, public_keys = new_pair()
    passwords = {part.name: secrets.token_urlsafe(24) for part in chosen}
    clients = {
        part.name: {
            "sha256": hashlib.sha256(passwords[part.name].encode()).hexdigest(),
            "contexts": list(part.contexts),
        }
        for part in chosen
    }
    found = {}
    for part in chosen:
        env = {
            "SECRET_KEY": secrets.token_urlsafe(40),
            "SERVICE_SECRET": passwords[part.name],
            "TOKEN_PUBLIC_KEYS": public_keys,
            "PASSWORD_HASHER": "md5",  # logging in is no lesson here, and PBKDF2 is slow on purpose
            # the lab's buyers are few and quick: who measures is not to be braked (a lesson sets them)
            "THROTTLE_HOLDS": "off",
            "THROTTLE_LOGINS": "off",
        }
        for other in chosen:
            if other is not part:
                env |= {f"{context.upper()}_URL": urls[other.name] for context in other.contexts}
        if part.name == FRONT:
            env["CONTEXTS"] = ",".join(part.contexts) or "none"
        if "accounts" in part.contexts:
            env |= {"TOKEN_PRIVATE_KEY": private_key, "SERVICE_CLIENTS": json.dumps(clients)}
        if "payments" in part.contexts:
            env["PROVIDER_URL"] = urls["provider"]
        found[part.name] = env
    return found

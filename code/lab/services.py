"""The services that the lab can start, by name."""

from lab.backend import Service
from lab.errors import UnknownService

SERVICES = {
    service.name: service
    for service in (
        Service(name="provider", app="lab.provider:application", health="/health", threads=32),
        Service(
            name="monolith",
            app="monolith.wsgi:application",
            settings="monolith.settings",
            # logging in is no lesson here, and PBKDF2 costs a tenth of a second each time, on purpose
            env={"PASSWORD_HASHER": "md5"},
            needs={"PAYMENTS_URL": "provider"},
            prepare=(("migrate", "--verbosity=0"), ("seed",)),
            threads=60,
        ),
    )
}


def service(name: str) -> Service:
    """The service called `name`; UnknownService names those there are."""
    try:
        return SERVICES[name]
    except KeyError:
        known = ", ".join(sorted(SERVICES))
        raise UnknownService(f"there is no service {name!r}. The lab knows: {known}") from None


def with_needs(names: tuple[str, ...]) -> list[Service]:
    """The named services and all they need, each after what it needs."""
    ordered: list[Service] = []

    def add(name: str) -> None:
        wanted = service(name)
        if wanted not in ordered:
            for needed in wanted.needs.values():
                add(needed)
            ordered.append(wanted)

    for name in names:
        add(name)
    return ordered

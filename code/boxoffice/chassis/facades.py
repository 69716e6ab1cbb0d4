"""Configuration decides which half of a facade answers: a function call, or a call over HTTP."""

import random
import time
from importlib import import_module
from types import ModuleType

from django.conf import settings

from boxoffice.chassis import errors

# What the lab makes embedded halves meet, by context: {"latency_ms": …, "error_rate": …}. See chassis.faults.
faults: dict[str, dict[str, float]] = {}


class Half:
    """The modules of one context that answer its facade in this process.

    `reads` and `writes` are its selectors and its services where the context is embedded here, and
    `remote` both times where it is not. Nothing is imported before the first call: a process that reaches
    a context over HTTP has neither its models nor its tables.
    """

    def __init__(self, package: str, unavailable: type[errors.Unavailable]) -> None:
        self.package = package
        self.context = package.rpartition(".")[2]
        self.unavailable = unavailable

    @property
    def reads(self) -> ModuleType:
        return self._module("selectors")

    @property
    def writes(self) -> ModuleType:
        return self._module("services")

    def _module(self, name: str) -> ModuleType:
        if self.context not in settings.CONTEXTS:
            return import_module(f"{self.package}.remote")
        if self.context in faults:
            self._meet(faults[self.context])
        return import_module(f"{self.package}.{name}")

    def _meet(self, fault: dict[str, float]) -> None:
        """A function call is always there; in the lab it can be as unreliable as the network."""
        time.sleep(fault.get("latency_ms", 0) / 1000)
        if random.random() < fault.get("error_rate", 0):
            raise self.unavailable()


def half(facade: str, unavailable: type[errors.Unavailable]) -> Half:
    """For a facade module: `half(__name__, CatalogUnavailable)`."""
    return Half(facade.rpartition(".")[0], unavailable)

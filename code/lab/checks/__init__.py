"""Exercise checks: what an answer must do, and the tools that find out whether it does."""

from lab.checks.elsewhere import elsewhere
from lab.checks.exercise import Exercise, Rejected, reject
from lab.checks.poison import poison
from lab.checks.queries import queries
from lab.checks.rival import Rival, rival
from lab.checks.tables import tables
from lab.checks.wire import Wire, wire

__all__ = [
    "Exercise",
    "Rejected",
    "Rival",
    "Wire",
    "elsewhere",
    "poison",
    "queries",
    "reject",
    "rival",
    "tables",
    "wire",
]

"""What the lab says when something cannot be done: one clear sentence, and how to mend it."""


class LabError(Exception):
    """A message for the reader. In a notebook it is shown alone, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """IPython's own hook: the lines to show in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class UnknownService(LabError):
    """The lab knows no service of that name."""


class UnknownName(LabError):
    """Nothing of that name stands in the tree."""


class StackRunning(LabError):
    """A stack of that name runs already in this kernel."""


class ServiceFailed(LabError):
    """A service, a store or a command of one ended or did not become ready."""


class NotHere(LabError):
    """What was asked for cannot be had on this machine; the message says why and what else works."""


class NoAnswer(LabError):
    """The learner has no answer to an exercise yet."""


class UnknownExercise(LabError):
    """No exercise, requirement or chapter of that number."""

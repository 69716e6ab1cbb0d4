"""What a facade may raise, whichever side of the network answers it. No Django in here.

    Refusal          the context says no, and says why: asking again changes nothing
    Unavailable      nobody could be asked, and nothing happened: asking again may help
    OutcomeUnknown   it was asked for, and nobody knows whether it happened

A context's contracts name their own subclasses. The class attribute `problem` is the stable name that
crosses the wire; `details` are the named facts that cross with it.
"""


class FacadeError(Exception):
    """Any of the three. The text may be shown to whoever asked."""

    problem = "error"
    status = 500

    def __init__(self, text: str = "", /, **details):
        super().__init__(text or self.default(**details))
        self.details = details

    def default(self, **details) -> str:
        """The text where none was given: the first line of the class's docstring."""
        return (type(self).__doc__ or type(self).__name__).strip().partition("\n")[0]

    def __getattr__(self, name: str):
        try:
            return self.__dict__["details"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __reduce__(self):
        return _again, (type(self), str(self), self.details)


def _again(kind: type[FacadeError], text: str, details: dict) -> FacadeError:
    return kind(text, **details)


class Refusal(FacadeError):
    """This cannot be done."""

    problem = "refused"
    status = 409


class NotFound(Refusal):
    """There is no such thing."""

    problem = "not-found"
    status = 404


class NotAllowed(Refusal):
    """You may not do this."""

    problem = "not-allowed"
    status = 403


class Invalid(Refusal):
    """What was sent makes no sense.

    `fields`: sentences by the name of the field.
    """

    problem = "invalid"
    status = 400


class KeyReused(Refusal):
    """This Idempotency-Key was used for another request."""

    problem = "key-reused"
    status = 422


class Unavailable(FacadeError):
    """This part of the box office does not answer at the moment. Please try again."""

    problem = "unavailable"
    status = 503


class OutcomeUnknown(FacadeError):
    """This part of the box office did not answer in time: it may have happened, or not."""

    problem = "outcome-unknown"
    status = 504

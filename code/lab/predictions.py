"""Predictions before measurements: guess first, then see."""

import math

from lab import progress
from lab.errors import LabError


def worded(number: float) -> str:
    """Four digits, as people write them: thousands apart, and no powers of ten for large numbers."""
    return f"{number:,.0f}".replace(",", " ") if abs(number) >= 1000 else f"{number:.4g}"


class Prediction:
    """A question with the reader's guess; `reveal` sets the measurement beside it."""

    def __init__(self, key: str, question: str, guess: float | None) -> None:
        self.key, self.question, self.guess = key, question, guess

    def __repr__(self) -> str:
        if self.guess is None:
            return (
                f"{self.question}\nNo guess yet: write a number in place of the dots, and run the cell again."
            )
        return f"{self.question}\nYour guess: {worded(self.guess)}. Now measure."


_asked: dict[str, Prediction] = {}


def predict(key: str, question: str, guess=...) -> Prediction:
    """Note a guess under `key` ("01.a") before the cell that measures; `...` stands for none yet.

    Guesses are kept with the reader's progress; the last chapter plots them all.
    """
    if guess is ... or guess is None:
        number = None
    elif isinstance(guess, bool) or not isinstance(guess, int | float) or not math.isfinite(guess):
        raise LabError(f"a guess is a number, not {guess!r}")
    else:
        number = float(guess)
        progress.note_guess(key, number)
    _asked[key] = Prediction(key, question, number)
    return _asked[key]


def reveal(key: str, measured: float, unit: str = "") -> None:
    """Print the measurement beside the guess made under `key`."""
    asked = _asked.get(key)
    told = worded(measured) + (f" {unit}" if unit else "")
    progress.note_measured(key, float(measured))
    if asked is None or asked.guess is None:
        print(f"It is {told}.")
    elif asked.guess == measured:
        print(f"You said {worded(asked.guess)}, and it is {told}.")
    else:
        print(f"You said {worded(asked.guess)}; it is {told}.")
